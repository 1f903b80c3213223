-- Mailboxes that are fetched (docs/architecture.md, "Mail in"): one row for each, by which one node at a time holds it,
-- and how far it has been read.
CREATE TABLE mailboxes (
    name TEXT PRIMARY KEY,
    uid_validity BIGINT,
    reached BIGINT NOT NULL,
    lease_until TIMESTAMPTZ,
    fence INTEGER NOT NULL,
    fetched_at TIMESTAMPTZ,
    last_error TEXT
);
