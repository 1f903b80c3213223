DELETE FROM sqlite_stat1 WHERE idx = 'tickets_open_priority';
DROP INDEX tickets_open_priority;
ANALYZE sqlite_schema;
