UPDATE sqlite_stat1 SET stat = '1000000 2000 1000 1 1' WHERE idx = 'tickets_assignee_status';
ANALYZE sqlite_schema;
DROP INDEX notices_read;
DROP INDEX notices_unread;
DROP INDEX ticket_deadlines_risk;
DROP INDEX events_ticket;
CREATE INDEX events_ticket ON events (ticket_id, at, id);
