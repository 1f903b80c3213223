-- When somebody was told of what is ill of the service: whoever had his summary before is told by a mail of its own.
ALTER TABLE digests ADD COLUMN told_at TEXT;
