CREATE TABLE attachment (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    ticket   INTEGER NOT NULL REFERENCES ticket (seq),
    version  TEXT NOT NULL,
    status   TEXT NOT NULL,
    created  INTEGER NOT NULL,
    -- When its check is to be made, or made again.
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE INDEX attachment_by_ticket ON attachment (ticket);
CREATE INDEX attachment_waiting ON attachment (due) WHERE status IN ('PENDING', 'UPLOADED');
CREATE INDEX attachment_unfinished ON attachment (created) WHERE status = 'UPLOADING';
CREATE INDEX attachment_validated ON attachment (id) WHERE status = 'VALIDATED';
