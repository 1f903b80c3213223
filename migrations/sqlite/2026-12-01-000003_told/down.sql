ALTER TABLE digests DROP COLUMN told_at;
