-- The last day on which the auditors of a region were owed its checkpoint by mail, whichever node was first (L13).
ALTER TABLE audit_heads ADD COLUMN mailed_on date;
