-- What has changed since: how the other side keeps up.
CREATE INDEX ticket_oi_updated ON ticket (code_oi, last_update_date, status, zone);
CREATE INDEX ticket_oc_updated ON ticket (code_oc, last_update_date, status, zone);
CREATE INDEX ticket_oi_changed ON ticket (code_oi, status_change_date, status, zone);
CREATE INDEX ticket_oc_changed ON ticket (code_oc, status_change_date, status, zone);

-- Names, by equality, by the beginning of an expression, or each in turn without reading a ticket.
CREATE INDEX ticket_by_name ON ticket (name, code_oi, code_oc, creation_date, status, zone);
