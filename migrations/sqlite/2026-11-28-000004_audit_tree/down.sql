DROP TABLE restores;
DROP TABLE audit_checkpoints;
DROP TABLE audit_tiles;
DROP TABLE audit_heads;
DROP TRIGGER audit_entries_keep;
DROP INDEX audit_entries_erased_by;
DROP INDEX audit_entries_actor;
DROP INDEX audit_entries_waiting;
DROP INDEX audit_entries_platform_place;
DROP INDEX audit_entries_place;
ALTER TABLE audit_entries DROP COLUMN erased_by;
ALTER TABLE audit_entries DROP COLUMN leaf_index;
ALTER TABLE audit_entries DROP COLUMN salt;
ALTER TABLE audit_entries DROP COLUMN leaf;
CREATE TRIGGER audit_entries_keep BEFORE UPDATE ON audit_entries BEGIN
    SELECT raise(ABORT, 'audit entries are never changed');
END;
