-- A time line is read in the order of the ticket's versions, whatever the clocks of two nodes said.
DROP INDEX events_ticket;
CREATE INDEX events_ticket ON events (ticket_id, version, at, id);
-- What runs late, and what soon will, is few among all that ever was.
CREATE INDEX ticket_deadlines_risk ON ticket_deadlines (region_id, risk_at, ticket_id) WHERE risk_at IS NOT NULL;
-- Every page counts what its reader has not read yet; and what was read is removed after some months.
CREATE INDEX notices_unread ON notices (person_id, created_at, id) WHERE read_at IS NULL;
CREATE INDEX notices_read ON notices (read_at) WHERE read_at IS NOT NULL;
-- Whose work it is says more of a ticket than its region does, however large the desk.
UPDATE sqlite_stat1 SET stat = '1000000 200 70 1 1' WHERE idx = 'tickets_assignee_status';
ANALYZE sqlite_schema;
