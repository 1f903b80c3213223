DROP TABLE sqlite_stat1;
DROP INDEX tickets_open;
DROP TRIGGER ticket_texts_added;
DROP TRIGGER ticket_texts_changing;
DROP TRIGGER ticket_texts_changed;
DROP TRIGGER ticket_texts_removed;
DROP TABLE ticket_fts;
DROP VIEW ticket_words;
ALTER TABLE ticket_texts DROP COLUMN requester_id;
ALTER TABLE ticket_texts DROP COLUMN opd_id;
ALTER TABLE ticket_texts DROP COLUMN region_id;
CREATE VIRTUAL TABLE ticket_fts USING fts5 (terms, content = 'ticket_texts', content_rowid = 'doc', tokenize = 'unicode61 remove_diacritics 0');
CREATE TRIGGER ticket_texts_added AFTER INSERT ON ticket_texts BEGIN
    INSERT INTO ticket_fts (rowid, terms) VALUES (new.doc, new.terms);
END;
CREATE TRIGGER ticket_texts_removed AFTER DELETE ON ticket_texts BEGIN
    INSERT INTO ticket_fts (ticket_fts, rowid, terms) VALUES ('delete', old.doc, old.terms);
END;
CREATE TRIGGER ticket_texts_changed AFTER UPDATE ON ticket_texts BEGIN
    INSERT INTO ticket_fts (ticket_fts, rowid, terms) VALUES ('delete', old.doc, old.terms);
    INSERT INTO ticket_fts (rowid, terms) VALUES (new.doc, new.terms);
END;

INSERT INTO ticket_fts (ticket_fts) VALUES ('rebuild');
