DROP INDEX mails_tried;
CREATE INDEX mails_tried ON mails (tried_at, region_id);
DROP INDEX mails_due;
CREATE INDEX mails_due ON mails (state, lane, next_try_at, turn, id);
DROP TABLE digests;
DROP TABLE mail_choices;
DROP INDEX mails_event;
ALTER TABLE mails DROP COLUMN event_id;
