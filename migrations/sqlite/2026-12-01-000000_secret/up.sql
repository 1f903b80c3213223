-- What a technician has in hand that is secret is little among all that he was ever given, and his by that alone.
CREATE INDEX tickets_secret ON tickets (assignee_id, status, created_at, id) WHERE classification = 'secret';
-- Of a time line the few lines that name another ticket: who does not see that one is shown none of them.
CREATE INDEX events_ties ON events (ticket_id) WHERE kind IN ('linked', 'unlinked');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('tickets', 'tickets_secret', '1000 10 4 1 1'),
    ('events', 'events_ties', '1000 2');
ANALYZE sqlite_schema;
