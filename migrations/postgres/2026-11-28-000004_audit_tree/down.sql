DROP TABLE restores;
DROP TABLE audit_checkpoints;
DROP TABLE audit_tiles;
DROP TABLE audit_heads;
DROP TRIGGER audit_entries_stay ON audit_entries;
DROP TRIGGER audit_entries_keep ON audit_entries;
DROP FUNCTION audit_entries_guard();
DROP INDEX audit_entries_erased_by;
DROP INDEX audit_entries_actor;
DROP INDEX audit_entries_waiting;
DROP INDEX audit_entries_platform_place;
DROP INDEX audit_entries_place;
ALTER TABLE audit_entries DROP COLUMN erased_by;
ALTER TABLE audit_entries DROP COLUMN leaf_index;
ALTER TABLE audit_entries DROP COLUMN salt;
ALTER TABLE audit_entries DROP COLUMN leaf;
ALTER TABLE audit_entries ALTER COLUMN detail TYPE JSONB USING detail::jsonb;
CREATE TRIGGER audit_entries_keep BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_refuse();
