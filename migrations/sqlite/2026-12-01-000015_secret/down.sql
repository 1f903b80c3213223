DELETE FROM sqlite_stat1 WHERE idx = 'tickets_secret';
DROP INDEX tickets_secret;
ANALYZE sqlite_schema;
