DROP INDEX sign_in_attempts_last;
DROP INDEX one_time_links_expires;
DROP INDEX sessions_ended;
DROP INDEX sessions_expires;
DROP INDEX audit_entries_erased_by;
CREATE INDEX audit_entries_erased_by ON audit_entries (erased_by);
DROP INDEX audit_entries_settings;
DROP INDEX audit_entries_action;
DROP INDEX audit_entries_object;
