-- The audit log as a Merkle tree (RFC 9162), one per region and one for the platform (L13, P8).
DROP TRIGGER audit_entries_keep ON audit_entries;
-- What is committed to is bytes: jsonb would not keep them.
ALTER TABLE audit_entries ALTER COLUMN detail TYPE TEXT USING detail::text;
-- The exact bytes that are hashed, and the salt of the commitment to address and detail.
ALTER TABLE audit_entries ADD COLUMN leaf BYTEA;
ALTER TABLE audit_entries ADD COLUMN salt BYTEA;
-- Its place in its tree; none until it is sequenced.
ALTER TABLE audit_entries ADD COLUMN leaf_index BIGINT;
-- The entry that tells who erased address and detail.
ALTER TABLE audit_entries ADD COLUMN erased_by UUID REFERENCES audit_entries (id);
CREATE UNIQUE INDEX audit_entries_place ON audit_entries (region_id, leaf_index);
CREATE UNIQUE INDEX audit_entries_platform_place ON audit_entries (leaf_index) WHERE region_id IS NULL;
CREATE INDEX audit_entries_waiting ON audit_entries (at, id) WHERE leaf_index IS NULL;
CREATE INDEX audit_entries_actor ON audit_entries (actor_id, at, id);
CREATE INDEX audit_entries_erased_by ON audit_entries (erased_by);
-- Accident protection: an entry gets leaf and place once, and only an erasure takes address and detail.
CREATE FUNCTION audit_entries_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.region_id IS DISTINCT FROM OLD.region_id
        OR NEW.at IS DISTINCT FROM OLD.at OR NEW.actor_id IS DISTINCT FROM OLD.actor_id
        OR NEW.action IS DISTINCT FROM OLD.action OR NEW.object_type IS DISTINCT FROM OLD.object_type
        OR NEW.object_id IS DISTINCT FROM OLD.object_id OR NEW.request_id IS DISTINCT FROM OLD.request_id
        OR (OLD.leaf IS NOT NULL AND NEW.leaf IS DISTINCT FROM OLD.leaf)
        OR (OLD.leaf_index IS NOT NULL AND NEW.leaf_index IS DISTINCT FROM OLD.leaf_index)
        OR (OLD.erased_by IS NOT NULL AND NEW.erased_by IS DISTINCT FROM OLD.erased_by)
        OR (OLD.leaf IS NOT NULL AND NEW.erased_by IS NOT DISTINCT FROM OLD.erased_by
            AND (NEW.detail IS DISTINCT FROM OLD.detail OR NEW.address IS DISTINCT FROM OLD.address
                OR NEW.salt IS DISTINCT FROM OLD.salt))
    THEN
        RAISE EXCEPTION 'audit entries are never changed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_entries_keep BEFORE UPDATE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_guard();
CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_refuse();

-- The head of each tree; that of the platform has the nil UUID.
CREATE TABLE audit_heads (
    log_id UUID PRIMARY KEY,
    origin TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL
);

-- Up to 256 hashes each: those of level n stand for full subtrees of 256^n entries.
CREATE TABLE audit_tiles (
    log_id UUID NOT NULL REFERENCES audit_heads (log_id),
    level INTEGER NOT NULL,
    position BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (log_id, level, position)
);

-- Signed checkpoints (C2SP tlog-checkpoint), each with the SHA-256 of the one before.
CREATE TABLE audit_checkpoints (
    log_id UUID NOT NULL REFERENCES audit_heads (log_id),
    epoch INTEGER NOT NULL,
    size BIGINT NOT NULL,
    signed_at TIMESTAMPTZ NOT NULL,
    note TEXT NOT NULL,
    previous BYTEA,
    PRIMARY KEY (log_id, epoch, size)
);

-- Each restore of a backup; while one is not released the service is in quarantine.
CREATE TABLE restores (
    id UUID PRIMARY KEY,
    backup_at TIMESTAMPTZ NOT NULL,
    restored_at TIMESTAMPTZ NOT NULL,
    fingerprint TEXT NOT NULL,
    released_at TIMESTAMPTZ
);
