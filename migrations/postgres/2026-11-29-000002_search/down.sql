DROP INDEX tickets_open;
ALTER TABLE tickets ALTER COLUMN number TYPE TEXT COLLATE "default";
DROP VIEW ticket_fts;
DROP INDEX ticket_texts_requester;
DROP INDEX ticket_texts_opd;
DROP INDEX ticket_texts_region;
ALTER TABLE ticket_texts DROP COLUMN requester_id, DROP COLUMN opd_id, DROP COLUMN region_id;
