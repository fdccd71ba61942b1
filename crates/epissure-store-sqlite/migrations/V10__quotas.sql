-- Requests a second that each client of the OC may make; null for the server's own rate.
ALTER TABLE contract ADD COLUMN rate INTEGER;

-- A revoked token counts in the hourly quota until it expires.
ALTER TABLE token ADD COLUMN revoked INTEGER;

-- Which operator sent how much. Rows written before have neither, and count in no quota.
ALTER TABLE attachment ADD COLUMN author TEXT;
ALTER TABLE attachment ADD COLUMN bytes INTEGER;
CREATE INDEX attachment_by_author ON attachment (author, created, bytes);

-- Written by `/health/ready`, to learn whether the database takes writes.
CREATE TABLE write_check (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;
INSERT INTO write_check (id, at) VALUES (1, 0);
