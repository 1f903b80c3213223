-- The outbox (docs/architecture.md, "Mail"): one row for each mail that an event owes to a person. Rows of one ticket and
-- recipient that wait together travel in one message; the others name its row as their carrier.
CREATE TABLE mails (
    id UUID PRIMARY KEY,
    region_id UUID NOT NULL REFERENCES regions (id),
    ticket_id UUID REFERENCES tickets (id),
    person_id UUID,
    ticket_number TEXT,
    recipient TEXT NOT NULL,
    turn INTEGER NOT NULL,
    kind TEXT NOT NULL,
    lane INTEGER NOT NULL CHECK (lane IN (0, 1)),
    language TEXT NOT NULL,
    secret BOOLEAN NOT NULL,
    facts JSONB NOT NULL,
    message_id TEXT,
    message BYTEA,
    carrier_id UUID,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    attempts INTEGER NOT NULL,
    next_try_at TIMESTAMPTZ NOT NULL,
    give_up_at TIMESTAMPTZ NOT NULL,
    lease_until TIMESTAMPTZ,
    fence INTEGER NOT NULL,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    tried_at TIMESTAMPTZ,
    sent_at TIMESTAMPTZ,
    CONSTRAINT mails_message_id UNIQUE (message_id)
);
CREATE INDEX mails_due ON mails (state, lane, next_try_at, id);
CREATE INDEX mails_pair ON mails (ticket_id, recipient, turn);
CREATE INDEX mails_region ON mails (region_id, state, id);
CREATE INDEX mails_tried ON mails (tried_at, region_id);
