-- Instants are milliseconds since the Unix epoch; durations are milliseconds; lists are JSON arrays.

CREATE TABLE operator (
    code            TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    is_oi           INTEGER NOT NULL,
    is_oc           INTEGER NOT NULL,
    siren           TEXT,
    strict_creation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE client (
    id            TEXT PRIMARY KEY,
    operator      TEXT NOT NULL REFERENCES operator (code),
    role          TEXT NOT NULL,
    scopes        TEXT NOT NULL,
    secret_sha256 BLOB,
    secret_argon2 TEXT,
    revoked       INTEGER,
    created       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE contract (
    oi               TEXT NOT NULL REFERENCES operator (code),
    oc               TEXT NOT NULL REFERENCES operator (code),
    answer_delay     INTEGER NOT NULL,
    validation_delay INTEGER NOT NULL,
    bulk_limit       INTEGER NOT NULL,
    PRIMARY KEY (oi, oc)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    hash    BLOB PRIMARY KEY,
    client  TEXT NOT NULL REFERENCES client (id),
    scopes  TEXT NOT NULL,
    issued  INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX token_by_client ON token (client, issued);
CREATE INDEX token_by_expiry ON token (expires);

-- The document is the truth; the columns before it are read off it when it is written, to be searched.
CREATE TABLE ticket (
    seq                       INTEGER PRIMARY KEY,
    id                        TEXT NOT NULL,
    version                   TEXT NOT NULL,
    code_oi                   TEXT NOT NULL,
    code_oc                   TEXT NOT NULL,
    type                      TEXT NOT NULL,
    status                    TEXT NOT NULL,
    -- When the ticket entered its status: open durations run from here.
    entered                   INTEGER NOT NULL,
    zone                      TEXT,
    complexity                TEXT,
    priority                  TEXT,
    ticket_type               TEXT NOT NULL,
    status_change_reason      TEXT,
    name                      TEXT NOT NULL,
    external_id               TEXT,
    size_refs                 INTEGER NOT NULL,
    creation_date             INTEGER NOT NULL,
    last_update_date          INTEGER NOT NULL,
    status_change_date        INTEGER,
    resolution_date           INTEGER,
    expected_resolution_date  INTEGER,
    requested_resolution_date INTEGER,
    acknowledged_done         INTEGER NOT NULL,
    in_progress_done          INTEGER NOT NULL,
    pending_done              INTEGER NOT NULL,
    total_done                INTEGER NOT NULL,
    refused_done              INTEGER NOT NULL,
    accepted_done             INTEGER NOT NULL,
    findings                  TEXT,
    document                  TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX ticket_by_id ON ticket (id);
-- The queues and the regulator's counts, for the two sides; each covers its counts.
CREATE INDEX ticket_oi_status ON ticket (code_oi, status, creation_date, zone, total_done, entered);
CREATE INDEX ticket_oc_status ON ticket (code_oc, status, creation_date, zone, total_done, entered);
CREATE INDEX ticket_oi_created ON ticket (code_oi, creation_date, status, zone, total_done, entered);
CREATE INDEX ticket_oc_created ON ticket (code_oc, creation_date, status, zone, total_done, entered);
CREATE INDEX ticket_oi_resolved ON ticket (code_oi, resolution_date, zone, status, total_done, entered)
    WHERE resolution_date IS NOT NULL;
CREATE INDEX ticket_oc_resolved ON ticket (code_oc, resolution_date, zone, status, total_done, entered)
    WHERE resolution_date IS NOT NULL;
CREATE INDEX ticket_by_external_id ON ticket (external_id, code_oc) WHERE external_id IS NOT NULL;

-- The texts that a registered path reaches in a document, one row each.
CREATE TABLE multi_value (
    path  INTEGER NOT NULL,
    value TEXT NOT NULL,
    seq   INTEGER NOT NULL REFERENCES ticket (seq),
    PRIMARY KEY (path, value, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX multi_value_by_ticket ON multi_value (seq);

CREATE TABLE idempotency (
    client      TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    at          INTEGER NOT NULL,
    document    TEXT NOT NULL,
    PRIMARY KEY (client, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (at);
