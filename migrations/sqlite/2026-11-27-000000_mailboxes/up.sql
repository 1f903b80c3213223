-- Mailboxes that are fetched (docs/architecture.md, "Mail in"): one row for each, by which one node at a time holds it,
-- and how far it has been read.
CREATE TABLE mailboxes (
    name TEXT PRIMARY KEY,
    uid_validity INTEGER,
    reached INTEGER NOT NULL,
    lease_until TEXT,
    fence INTEGER NOT NULL,
    fetched_at TEXT,
    last_error TEXT
) STRICT;
