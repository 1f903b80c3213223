DROP INDEX tickets_open_priority;
