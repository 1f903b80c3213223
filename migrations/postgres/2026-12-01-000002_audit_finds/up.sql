-- What somebody looks for in the audit log by its object or by its act is a range of an index, not a walk through the log.
CREATE INDEX audit_entries_object ON audit_entries (object_id, at, id);
CREATE INDEX audit_entries_action ON audit_entries (region_id, action, at, id);
-- What was done to settings and people is little among all that happens; the condition stands word for word in `audit/list.rs`.
CREATE INDEX audit_entries_settings ON audit_entries (region_id, at, id)
    WHERE object_type IN ('region', 'opd', 'person', 'service', 'calendar', 'holiday', 'agreement')
    AND action NOT LIKE 'session.%' AND action NOT LIKE 'link.%';
-- Of all others it held that they were never erased.
DROP INDEX audit_entries_erased_by;
CREATE INDEX audit_entries_erased_by ON audit_entries (erased_by) WHERE erased_by IS NOT NULL;
-- What has run out is looked for every ten minutes, by each node.
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX one_time_links_expires ON one_time_links (expires_at);
CREATE INDEX sign_in_attempts_last ON sign_in_attempts (last_at);
