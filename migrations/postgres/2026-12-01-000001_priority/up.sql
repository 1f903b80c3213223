-- What is most urgent is looked for among what is unfinished, in that order: else all of it was read and sorted for a page.
CREATE INDEX tickets_open_priority ON tickets (region_id, priority, created_at, id)
    WHERE status IN ('new', 'in_progress', 'pending');
