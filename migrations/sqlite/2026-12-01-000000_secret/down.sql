DELETE FROM sqlite_stat1 WHERE idx IN ('tickets_secret', 'events_ties');
DROP INDEX events_ties;
DROP INDEX tickets_secret;
ANALYZE sqlite_schema;
