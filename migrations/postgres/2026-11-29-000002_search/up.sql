-- Words are found newest first among those of one region; the view has the shape of SQLite's index.
ALTER TABLE ticket_texts ADD COLUMN region_id UUID;
ALTER TABLE ticket_texts ADD COLUMN opd_id UUID;
ALTER TABLE ticket_texts ADD COLUMN requester_id UUID;
UPDATE ticket_texts x SET region_id = t.region_id, opd_id = t.opd_id, requester_id = t.requester_id
    FROM tickets t WHERE t.id = x.ticket_id;
ALTER TABLE ticket_texts
    ALTER COLUMN region_id SET NOT NULL, ALTER COLUMN opd_id SET NOT NULL, ALTER COLUMN requester_id SET NOT NULL;
CREATE INDEX ticket_texts_region ON ticket_texts (region_id, doc);
CREATE INDEX ticket_texts_opd ON ticket_texts (opd_id, doc);
CREATE INDEX ticket_texts_requester ON ticket_texts (requester_id, doc);
CREATE VIEW ticket_fts AS
    SELECT doc AS rowid, ticket_id, region_id, opd_id, requester_id, to_tsvector('simple', terms) AS words FROM ticket_texts;
-- The beginning of a number is a range of the index, whatever the language of the database.
ALTER TABLE tickets ALTER COLUMN number TYPE TEXT COLLATE "C";
-- What a desk looks at all day are the unfinished tickets, which stay few while the finished ones grow.
CREATE INDEX tickets_open ON tickets (region_id, created_at, id) WHERE status IN ('new', 'in_progress', 'pending');
