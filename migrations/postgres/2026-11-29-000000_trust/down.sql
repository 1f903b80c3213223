ALTER TABLE audit_heads DROP COLUMN mailed_on;
