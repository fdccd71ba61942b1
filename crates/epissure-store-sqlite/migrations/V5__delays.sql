-- Tickets that wait for the OC, whose delays run: by how long they have waited.
CREATE INDEX ticket_waiting ON ticket (status, code_oi, code_oc, entered) WHERE status IN ('PENDING', 'RESOLVED');
