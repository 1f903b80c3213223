DROP INDEX events_at;
DROP TABLE presences;
DROP TABLE drafts;
DROP TABLE canned_answers;
DROP TABLE saved_views;
