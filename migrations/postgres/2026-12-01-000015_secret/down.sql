DROP INDEX tickets_secret;
