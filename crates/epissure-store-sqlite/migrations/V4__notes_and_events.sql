CREATE TABLE note (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    ticket   INTEGER NOT NULL REFERENCES ticket (seq),
    document TEXT NOT NULL
) STRICT;

CREATE INDEX note_by_ticket ON note (ticket);

-- Written with what they tell of. Their numbers are never used again: readers go on after the last one they have seen.
CREATE TABLE event (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    id        TEXT NOT NULL,
    type      TEXT NOT NULL,
    subject   TEXT NOT NULL,
    time      INTEGER NOT NULL,
    code_oi   TEXT NOT NULL,
    code_oc   TEXT NOT NULL,
    caused_by TEXT NOT NULL,
    document  TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX event_by_id ON event (id);
CREATE INDEX event_by_subject ON event (subject);
CREATE INDEX event_oi ON event (code_oi, seq, type, time);
CREATE INDEX event_oc ON event (code_oc, seq, type, time);
CREATE INDEX event_oi_time ON event (code_oi, time, seq, type);
CREATE INDEX event_oc_time ON event (code_oc, time, seq, type);
