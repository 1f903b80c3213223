DROP INDEX events_ticket;
CREATE INDEX events_ticket ON events (ticket_id, at, id);
