-- Lists are in the order of a date, then of arrival: `seq` follows the date in each index, so that a page is found
-- without sorting, however far it is.

DROP INDEX ticket_oi_status;
DROP INDEX ticket_oc_status;
DROP INDEX ticket_oi_created;
DROP INDEX ticket_oc_created;
DROP INDEX ticket_oi_resolved;
DROP INDEX ticket_oc_resolved;

-- Queues, by status alone and by status and zone. They are narrow: counts go through many of their entries.
CREATE INDEX ticket_oi_status ON ticket (code_oi, status, creation_date);
CREATE INDEX ticket_oc_status ON ticket (code_oc, status, creation_date);
CREATE INDEX ticket_oi_zone ON ticket (code_oi, status, zone, creation_date);
CREATE INDEX ticket_oc_zone ON ticket (code_oc, status, zone, creation_date);

-- The regulator's counts: they cover durations.
CREATE INDEX ticket_oi_created ON ticket (code_oi, creation_date, seq, status, zone, total_done, entered);
CREATE INDEX ticket_oc_created ON ticket (code_oc, creation_date, seq, status, zone, total_done, entered);
CREATE INDEX ticket_oi_resolved ON ticket (code_oi, resolution_date, seq, status, zone, total_done, entered)
    WHERE resolution_date IS NOT NULL;
CREATE INDEX ticket_oc_resolved ON ticket (code_oc, resolution_date, seq, status, zone, total_done, entered)
    WHERE resolution_date IS NOT NULL;

-- What has changed since: how the other side keeps up.
CREATE INDEX ticket_oi_updated ON ticket (code_oi, last_update_date, seq, status, zone);
CREATE INDEX ticket_oc_updated ON ticket (code_oc, last_update_date, seq, status, zone);
CREATE INDEX ticket_oi_changed ON ticket (code_oi, status_change_date, seq, status, zone);
CREATE INDEX ticket_oc_changed ON ticket (code_oc, status_change_date, seq, status, zone);

-- Names, by equality, by the beginning of an expression, or each in turn without reading a ticket.
CREATE INDEX ticket_by_name ON ticket (name, code_oi, code_oc, creation_date, status, zone);
