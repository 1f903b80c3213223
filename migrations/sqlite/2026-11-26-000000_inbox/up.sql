-- Mail in (docs/architecture.md, "Mail in"): one row for each message of a mailbox, stored as it is before it is marked
-- there, and acted on once. What the message caused is told by ticket, comment or (for a bounce) mail.
CREATE TABLE inbound_mails (
    id BLOB PRIMARY KEY,
    region_id BLOB REFERENCES regions (id),
    mailbox TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    hash TEXT NOT NULL,
    raw BLOB,
    size INTEGER NOT NULL,
    is_cut INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('received', 'done', 'refused', 'unreadable')),
    why TEXT,
    sender TEXT,
    message_key TEXT,
    words TEXT,
    ticket_id BLOB REFERENCES tickets (id),
    ticket_number TEXT,
    comment_id BLOB REFERENCES comments (id),
    mail_id BLOB REFERENCES mails (id),
    secret INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_try_at TEXT NOT NULL,
    lease_until TEXT,
    fence INTEGER NOT NULL,
    last_error TEXT,
    acted_at TEXT,
    CONSTRAINT inbound_mails_place UNIQUE (mailbox, uid_validity, uid),
    CONSTRAINT inbound_mails_message_key UNIQUE (message_key)
) STRICT;
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
    id BLOB PRIMARY KEY,
    region_id BLOB NOT NULL REFERENCES regions (id),
    mail_id BLOB NOT NULL REFERENCES mails (id),
    inbound_id BLOB REFERENCES inbound_mails (id),
    recipient TEXT NOT NULL,
    lasting INTEGER NOT NULL,
    status TEXT NOT NULL,
    detail TEXT NOT NULL,
    at TEXT NOT NULL,
    cleared_at TEXT
) STRICT;
CREATE INDEX mail_bounces_region ON mail_bounces (region_id);
CREATE INDEX mail_bounces_mail ON mail_bounces (mail_id);
CREATE INDEX mail_bounces_inbound ON mail_bounces (inbound_id);
CREATE INDEX mail_bounces_recipient ON mail_bounces (recipient, at);
