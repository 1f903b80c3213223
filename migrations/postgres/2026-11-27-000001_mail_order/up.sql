-- In the order in which a node takes them: a queue of one instant is not sorted anew for each few mails.
DROP INDEX mails_due;
CREATE INDEX mails_due ON mails (state, lane, next_try_at, turn, id);
