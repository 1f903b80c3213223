-- Which event owed a mail: its delivery is told beside that event.
ALTER TABLE mails ADD COLUMN event_id UUID;
CREATE INDEX mails_event ON mails (event_id);

-- Mails that a person does not want, of those that his region does not require.
CREATE TABLE mail_choices (
    person_id UUID NOT NULL REFERENCES people (id),
    topic TEXT NOT NULL,
    PRIMARY KEY (person_id, topic)
);

-- One row for each summary of a day that was owed, so that it is owed once on any number of nodes.
CREATE TABLE digests (
    person_id UUID NOT NULL REFERENCES people (id),
    day DATE NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, day)
);

-- By region, so that what waits for a region's next hour is not looked through at every claim.
DROP INDEX mails_due;
CREATE INDEX mails_due ON mails (state, lane, region_id, next_try_at, turn, id);

-- By region first: what a region has tried within the hour is one stretch of the index.
DROP INDEX mails_tried;
CREATE INDEX mails_tried ON mails (region_id, tried_at);
