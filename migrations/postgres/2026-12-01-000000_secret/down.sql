DROP INDEX events_ties;
DROP INDEX tickets_secret;
