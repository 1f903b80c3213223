-- Mail in (docs/architecture.md, "Mail in"): one row for each message of a mailbox, stored as it is before it is marked
-- there, and acted on once. What the message caused is told by ticket, comment or (for a bounce) mail.
CREATE TABLE inbound_mails (
    id UUID PRIMARY KEY,
    region_id UUID REFERENCES regions (id),
    mailbox TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    hash TEXT NOT NULL,
    raw BYTEA,
    size BIGINT NOT NULL,
    is_cut BOOLEAN NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('received', 'done', 'refused', 'unreadable')),
    why TEXT,
    sender TEXT,
    message_key TEXT,
    words TEXT,
    ticket_id UUID REFERENCES tickets (id),
    ticket_number TEXT,
    comment_id UUID REFERENCES comments (id),
    mail_id UUID REFERENCES mails (id),
    secret BOOLEAN NOT NULL,
    attempts INTEGER NOT NULL,
    next_try_at TIMESTAMPTZ NOT NULL,
    lease_until TIMESTAMPTZ,
    fence INTEGER NOT NULL,
    last_error TEXT,
    acted_at TIMESTAMPTZ,
    CONSTRAINT inbound_mails_place UNIQUE (mailbox, uid_validity, uid),
    CONSTRAINT inbound_mails_message_key UNIQUE (message_key)
);
CREATE INDEX inbound_mails_due ON inbound_mails (state, next_try_at, uid, id);
CREATE INDEX inbound_mails_region ON inbound_mails (region_id, state, id);
CREATE INDEX inbound_mails_hash ON inbound_mails (hash, mailbox);
CREATE INDEX inbound_mails_sender ON inbound_mails (sender, acted_at);
CREATE INDEX inbound_mails_words ON inbound_mails (words, acted_at);
CREATE INDEX inbound_mails_ticket ON inbound_mails (ticket_id);
CREATE INDEX inbound_mails_comment ON inbound_mails (comment_id);
CREATE INDEX inbound_mails_mail ON inbound_mails (mail_id);

-- What came back: a report of a mail server about a mail of ours (RFC 3464), or its refusal of one.
CREATE TABLE mail_bounces (
    id UUID PRIMARY KEY,
    region_id UUID NOT NULL REFERENCES regions (id),
    mail_id UUID NOT NULL REFERENCES mails (id),
    inbound_id UUID REFERENCES inbound_mails (id),
    recipient TEXT NOT NULL,
    lasting BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    detail TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    cleared_at TIMESTAMPTZ
);
CREATE INDEX mail_bounces_region ON mail_bounces (region_id);
CREATE INDEX mail_bounces_mail ON mail_bounces (mail_id);
CREATE INDEX mail_bounces_inbound ON mail_bounces (inbound_id);
CREATE INDEX mail_bounces_recipient ON mail_bounces (recipient, at);
