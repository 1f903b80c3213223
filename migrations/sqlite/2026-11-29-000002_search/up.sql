-- Words are found newest first among those of one region, organisation or requester: the index holds whose a ticket is
-- beside its words, so that a page of hits costs as much as the page, however many hits there are.
DROP TRIGGER ticket_texts_added;
DROP TRIGGER ticket_texts_removed;
DROP TRIGGER ticket_texts_changed;
DROP TABLE ticket_fts;
ALTER TABLE ticket_texts ADD COLUMN region_id BLOB NOT NULL DEFAULT x'';
ALTER TABLE ticket_texts ADD COLUMN opd_id BLOB NOT NULL DEFAULT x'';
ALTER TABLE ticket_texts ADD COLUMN requester_id BLOB NOT NULL DEFAULT x'';
UPDATE ticket_texts SET (region_id, opd_id, requester_id) =
    (SELECT t.region_id, t.opd_id, t.requester_id FROM tickets t WHERE t.id = ticket_id);
CREATE VIEW ticket_words AS
    SELECT doc, terms, 'r' || hex(region_id) || ' o' || hex(opd_id) || ' q' || hex(requester_id) AS place, ticket_id
    FROM ticket_texts;
CREATE VIRTUAL TABLE ticket_fts USING fts5 (
    terms, place, ticket_id UNINDEXED,
    content = 'ticket_words', content_rowid = 'doc', tokenize = 'unicode61 remove_diacritics 0', detail = column, columnsize = 0
);
CREATE TRIGGER ticket_texts_added AFTER INSERT ON ticket_texts BEGIN
    INSERT INTO ticket_fts (rowid, terms, place, ticket_id)
        SELECT doc, terms, place, ticket_id FROM ticket_words WHERE doc = new.doc;
END;
CREATE TRIGGER ticket_texts_changing BEFORE UPDATE ON ticket_texts BEGIN
    INSERT INTO ticket_fts (ticket_fts, rowid, terms, place, ticket_id)
        SELECT 'delete', doc, terms, place, ticket_id FROM ticket_words WHERE doc = old.doc;
END;
CREATE TRIGGER ticket_texts_changed AFTER UPDATE ON ticket_texts BEGIN
    INSERT INTO ticket_fts (rowid, terms, place, ticket_id)
        SELECT doc, terms, place, ticket_id FROM ticket_words WHERE doc = new.doc;
END;
CREATE TRIGGER ticket_texts_removed BEFORE DELETE ON ticket_texts BEGIN
    INSERT INTO ticket_fts (ticket_fts, rowid, terms, place, ticket_id)
        SELECT 'delete', doc, terms, place, ticket_id FROM ticket_words WHERE doc = old.doc;
END;
INSERT INTO ticket_fts (ticket_fts) VALUES ('rebuild');
-- What a desk looks at all day are the unfinished tickets, which stay few while the finished ones grow.
CREATE INDEX tickets_open ON tickets (region_id, created_at, id) WHERE status IN ('new', 'in_progress', 'pending');
-- What the planner is told of the tickets: those of a large desk, whatever this one holds, so that a plan is the same on
-- every machine and at every size (docs/decisions.md). The rows of a region are those that a page has to walk, not all.
ANALYZE tickets;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('tickets', 'sqlite_autoindex_tickets_1', '1000000 1'),
    ('tickets', 'sqlite_autoindex_tickets_2', '1000000 1'),
    ('tickets', 'tickets_region_created', '1000000 3000 1 1'),
    ('tickets', 'tickets_region_updated', '1000000 3000 1 1'),
    ('tickets', 'tickets_region_status_created', '1000000 3000 600 1 1'),
    ('tickets', 'tickets_region_priority', '1000000 3000 750 1 1'),
    ('tickets', 'tickets_tier2_created', '500000 1500 1 1'),
    ('tickets', 'tickets_open', '2000 500 1 1'),
    ('tickets', 'tickets_opd_created', '1000000 4200 1 1'),
    ('tickets', 'tickets_opd_status_created', '1000000 4200 1200 1 1'),
    ('tickets', 'tickets_requester_created', '1000000 50 1 1'),
    ('tickets', 'tickets_assignee_status', '1000000 2000 1000 1 1'),
    ('tickets', 'tickets_service', '1000000 19000'),
    ('tickets', 'tickets_pending_until', '1000 1');
ANALYZE sqlite_schema;
