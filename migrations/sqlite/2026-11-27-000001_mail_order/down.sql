DROP INDEX mails_due;
CREATE INDEX mails_due ON mails (state, lane, next_try_at, id);
