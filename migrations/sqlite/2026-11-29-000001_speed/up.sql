-- What a report counts are the tickets that moved in its time, not all of a region.
CREATE INDEX tickets_region_updated ON tickets (region_id, updated_at, id);
