-- A time line is read in the order of the ticket's versions, whatever the clocks of two nodes said.
DROP INDEX events_ticket;
CREATE INDEX events_ticket ON events (ticket_id, version, at, id);
