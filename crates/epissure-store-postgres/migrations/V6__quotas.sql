-- Requests a second that each client of the OC may make; null for the server's own rate.
ALTER TABLE contract ADD COLUMN rate bigint;

-- A revoked token counts in the hourly quota until it expires.
ALTER TABLE token ADD COLUMN revoked bigint;

-- Which operator sent how much. Rows written before have neither, and count in no quota.
ALTER TABLE attachment ADD COLUMN author text COLLATE "C";
ALTER TABLE attachment ADD COLUMN bytes bigint;
CREATE INDEX attachment_by_author ON attachment (author, created, bytes);

-- Written by `/health/ready`, to learn whether the database takes writes.
CREATE TABLE write_check (id bigint PRIMARY KEY CHECK (id = 1), at bigint NOT NULL);
INSERT INTO write_check (id, at) VALUES (1, 0);
