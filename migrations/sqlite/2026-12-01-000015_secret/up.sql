-- What a technician has in hand that is secret is little among all that he was ever given, and his by that alone.
CREATE INDEX tickets_secret ON tickets (assignee_id, status, created_at, id) WHERE classification = 'secret';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('tickets', 'tickets_secret', '1000 10 4 1 1');
ANALYZE sqlite_schema;
