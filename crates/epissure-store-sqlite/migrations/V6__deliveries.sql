-- Where an OC wants the events of its tickets. What is secret of it stands apart, so that it is read by who needs it.
CREATE TABLE target (
    oi            TEXT NOT NULL,
    oc            TEXT NOT NULL,
    target        TEXT NOT NULL,
    secrets       TEXT NOT NULL,
    state         TEXT NOT NULL,
    reason        TEXT,
    failing_since INTEGER,
    held_until    INTEGER,
    rate          INTEGER,
    asked         INTEGER NOT NULL,
    PRIMARY KEY (oi, oc),
    FOREIGN KEY (oi, oc) REFERENCES contract (oi, oc)
) STRICT, WITHOUT ROWID;

-- Written with the event, when there is a target for it.
CREATE TABLE delivery (
    event    INTEGER PRIMARY KEY REFERENCES event (seq),
    oi       TEXT NOT NULL,
    oc       TEXT NOT NULL,
    ticket   TEXT NOT NULL,
    state    TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    -- How many of them belong to the schedule that runs.
    step     INTEGER NOT NULL,
    -- When it may be tried, or tried again; for who has taken it, when others may. Of a ticket's queue the first alone
    -- has it.
    due      INTEGER
) STRICT;

CREATE INDEX delivery_due ON delivery (oi, oc, due) WHERE due IS NOT NULL;
CREATE INDEX delivery_queue ON delivery (ticket, event) WHERE state = 'QUEUED';
CREATE INDEX delivery_state ON delivery (oi, oc, state, event);

CREATE TABLE attempt (
    event      INTEGER NOT NULL REFERENCES delivery (event) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    elapsed_ms INTEGER NOT NULL,
    status     INTEGER,
    error      TEXT,
    body       TEXT NOT NULL,
    PRIMARY KEY (event, number)
) STRICT, WITHOUT ROWID;

-- The other side: what an OI sends to an OC here, and with which secrets it signs.
CREATE TABLE inbound_secret (
    oi      TEXT NOT NULL,
    oc      TEXT NOT NULL,
    secrets TEXT NOT NULL,
    PRIMARY KEY (oi, oc),
    FOREIGN KEY (oi, oc) REFERENCES contract (oi, oc)
) STRICT, WITHOUT ROWID;

CREATE TABLE received (
    seq      INTEGER PRIMARY KEY,
    oi       TEXT NOT NULL,
    source   TEXT NOT NULL,
    id       TEXT NOT NULL,
    type     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    signed   INTEGER NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (oi, source, id)
) STRICT;
