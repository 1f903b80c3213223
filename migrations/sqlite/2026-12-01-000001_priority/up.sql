-- What is most urgent is looked for among what is unfinished: by the index of all tickets the finished ones were walked too.
CREATE INDEX tickets_open_priority ON tickets (region_id, priority, created_at, id)
    WHERE status IN ('new', 'in_progress', 'pending');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('tickets', 'tickets_open_priority', '2000 500 125 1 1');
ANALYZE sqlite_schema;
