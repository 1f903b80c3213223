-- The audit log as a Merkle tree (RFC 9162), one per region and one for the platform (L13, P8).
DROP TRIGGER audit_entries_keep;
-- The exact bytes that are hashed, and the salt of the commitment to address and detail.
ALTER TABLE audit_entries ADD COLUMN leaf BLOB;
ALTER TABLE audit_entries ADD COLUMN salt BLOB;
-- Its place in its tree; none until it is sequenced.
ALTER TABLE audit_entries ADD COLUMN leaf_index INTEGER;
-- The entry that tells who erased address and detail.
ALTER TABLE audit_entries ADD COLUMN erased_by BLOB REFERENCES audit_entries (id);
CREATE UNIQUE INDEX audit_entries_place ON audit_entries (region_id, leaf_index);
CREATE UNIQUE INDEX audit_entries_platform_place ON audit_entries (leaf_index) WHERE region_id IS NULL;
CREATE INDEX audit_entries_waiting ON audit_entries (at, id) WHERE leaf_index IS NULL;
CREATE INDEX audit_entries_actor ON audit_entries (actor_id, at, id);
CREATE INDEX audit_entries_erased_by ON audit_entries (erased_by);
-- Accident protection: an entry gets leaf and place once, and only an erasure takes address and detail.
CREATE TRIGGER audit_entries_keep BEFORE UPDATE ON audit_entries
WHEN NEW.id IS NOT OLD.id OR NEW.region_id IS NOT OLD.region_id OR NEW.at IS NOT OLD.at
    OR NEW.actor_id IS NOT OLD.actor_id OR NEW.action IS NOT OLD.action
    OR NEW.object_type IS NOT OLD.object_type OR NEW.object_id IS NOT OLD.object_id
    OR NEW.request_id IS NOT OLD.request_id
    OR (OLD.leaf IS NOT NULL AND NEW.leaf IS NOT OLD.leaf)
    OR (OLD.leaf_index IS NOT NULL AND NEW.leaf_index IS NOT OLD.leaf_index)
    OR (OLD.erased_by IS NOT NULL AND NEW.erased_by IS NOT OLD.erased_by)
    OR (OLD.leaf IS NOT NULL AND NEW.erased_by IS OLD.erased_by
        AND (NEW.detail IS NOT OLD.detail OR NEW.address IS NOT OLD.address OR NEW.salt IS NOT OLD.salt))
BEGIN
    SELECT raise(ABORT, 'audit entries are never changed');
END;

-- The head of each tree; that of the platform has the nil UUID.
CREATE TABLE audit_heads (
    log_id BLOB PRIMARY KEY,
    origin TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL
) STRICT;

-- Up to 256 hashes each: those of level n stand for full subtrees of 256^n entries.
CREATE TABLE audit_tiles (
    log_id BLOB NOT NULL REFERENCES audit_heads (log_id),
    level INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (log_id, level, position)
) STRICT;

-- Signed checkpoints (C2SP tlog-checkpoint), each with the SHA-256 of the one before.
CREATE TABLE audit_checkpoints (
    log_id BLOB NOT NULL REFERENCES audit_heads (log_id),
    epoch INTEGER NOT NULL,
    size INTEGER NOT NULL,
    signed_at TEXT NOT NULL,
    note TEXT NOT NULL,
    previous BLOB,
    PRIMARY KEY (log_id, epoch, size)
) STRICT;

-- Each restore of a backup; while one is not released the service is in quarantine.
CREATE TABLE restores (
    id BLOB PRIMARY KEY,
    backup_at TEXT NOT NULL,
    restored_at TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    released_at TEXT
) STRICT;
