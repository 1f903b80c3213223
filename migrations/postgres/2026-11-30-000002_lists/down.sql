DROP INDEX notices_read;
DROP INDEX notices_unread;
DROP INDEX ticket_deadlines_risk;
DROP INDEX events_ticket;
CREATE INDEX events_ticket ON events (ticket_id, at, id);
