-- The outbox (docs/architecture.md, "Mail"): one row for each mail that an event owes to a person. Rows of one ticket and
-- recipient that wait together travel in one message; the others name its row as their carrier.
CREATE TABLE mails (
    id BLOB PRIMARY KEY,
    region_id BLOB NOT NULL REFERENCES regions (id),
    ticket_id BLOB REFERENCES tickets (id),
    person_id BLOB,
    ticket_number TEXT,
    recipient TEXT NOT NULL,
    turn INTEGER NOT NULL,
    kind TEXT NOT NULL,
    lane INTEGER NOT NULL CHECK (lane IN (0, 1)),
    language TEXT NOT NULL,
    secret INTEGER NOT NULL,
    facts TEXT NOT NULL,
    message_id TEXT,
    message BLOB,
    carrier_id BLOB,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    attempts INTEGER NOT NULL,
    next_try_at TEXT NOT NULL,
    give_up_at TEXT NOT NULL,
    lease_until TEXT,
    fence INTEGER NOT NULL,
    last_error TEXT,
    created_at TEXT NOT NULL,
    tried_at TEXT,
    sent_at TEXT,
    CONSTRAINT mails_message_id UNIQUE (message_id)
) STRICT;
CREATE INDEX mails_due ON mails (state, lane, next_try_at, id);
CREATE INDEX mails_pair ON mails (ticket_id, recipient, turn);
CREATE INDEX mails_region ON mails (region_id, state, id);
CREATE INDEX mails_tried ON mails (tried_at, region_id);
