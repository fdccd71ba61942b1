-- Instants are milliseconds since the Unix epoch, durations milliseconds: they are compared with each other and with
-- what runs, and the query language knows no finer. Texts compare by their bytes (COLLATE "C"), as the evaluator does,
-- whatever the database's own language. Keys of an order are indexed with nulls first, because they are lowest.

CREATE TABLE operator (
    code            text COLLATE "C" PRIMARY KEY,
    name            text NOT NULL,
    is_oi           boolean NOT NULL,
    is_oc           boolean NOT NULL,
    siren           text,
    strict_creation boolean NOT NULL
);

CREATE TABLE client (
    id            text COLLATE "C" PRIMARY KEY,
    operator      text COLLATE "C" NOT NULL REFERENCES operator (code),
    role          text NOT NULL,
    scopes        text NOT NULL,
    secret_sha256 bytea,
    secret_argon2 text,
    revoked       bigint,
    created       bigint NOT NULL
);

CREATE TABLE contract (
    oi               text COLLATE "C" NOT NULL REFERENCES operator (code),
    oc               text COLLATE "C" NOT NULL REFERENCES operator (code),
    answer_delay     bigint NOT NULL,
    validation_delay bigint NOT NULL,
    bulk_limit       bigint NOT NULL,
    PRIMARY KEY (oi, oc)
);

CREATE TABLE token (
    hash    bytea PRIMARY KEY,
    client  text COLLATE "C" NOT NULL REFERENCES client (id),
    scopes  text NOT NULL,
    issued  bigint NOT NULL,
    expires bigint NOT NULL
);

CREATE INDEX token_by_client ON token (client, issued);
CREATE INDEX token_by_expiry ON token (expires);

-- The document is the truth; the columns before it are read off it when it is written, to be searched. It is text, and
-- not jsonb: it comes back as it was written, to the order of its members and the digits of its numbers.
CREATE TABLE ticket (
    seq                       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id                        text COLLATE "C" NOT NULL,
    version                   text COLLATE "C" NOT NULL,
    code_oi                   text COLLATE "C" NOT NULL,
    code_oc                   text COLLATE "C" NOT NULL,
    type                      text COLLATE "C" NOT NULL,
    status                    text COLLATE "C" NOT NULL,
    -- When the ticket entered its status: open durations run from here.
    entered                   bigint NOT NULL,
    zone                      text COLLATE "C",
    complexity                text COLLATE "C",
    priority                  text COLLATE "C",
    ticket_type               text COLLATE "C" NOT NULL,
    status_change_reason      text COLLATE "C",
    name                      text COLLATE "C" NOT NULL,
    external_id               text COLLATE "C",
    size_refs                 bigint NOT NULL,
    creation_date             bigint NOT NULL,
    last_update_date          bigint NOT NULL,
    status_change_date        bigint,
    resolution_date           bigint,
    expected_resolution_date  bigint,
    requested_resolution_date bigint,
    acknowledged_done         bigint NOT NULL,
    in_progress_done          bigint NOT NULL,
    pending_done              bigint NOT NULL,
    total_done                bigint NOT NULL,
    refused_done              bigint NOT NULL,
    accepted_done             bigint NOT NULL,
    findings                  text,
    document                  text NOT NULL
);

CREATE UNIQUE INDEX ticket_by_id ON ticket (id);
-- Queues, by status alone and by status and zone, for the two sides. They are narrow: counts go through many of their
-- entries.
CREATE INDEX ticket_oi_status ON ticket (code_oi, status, creation_date NULLS FIRST, seq);
CREATE INDEX ticket_oc_status ON ticket (code_oc, status, creation_date NULLS FIRST, seq);
CREATE INDEX ticket_oi_zone ON ticket (code_oi, status, zone, creation_date NULLS FIRST, seq);
CREATE INDEX ticket_oc_zone ON ticket (code_oc, status, zone, creation_date NULLS FIRST, seq);
-- The regulator's counts: they cover durations.
CREATE INDEX ticket_oi_created ON ticket (code_oi, creation_date NULLS FIRST, seq)
    INCLUDE (status, zone, total_done, entered);
CREATE INDEX ticket_oc_created ON ticket (code_oc, creation_date NULLS FIRST, seq)
    INCLUDE (status, zone, total_done, entered);
CREATE INDEX ticket_oi_resolved ON ticket (code_oi, resolution_date NULLS FIRST, seq)
    INCLUDE (status, zone, total_done, entered) WHERE resolution_date IS NOT NULL;
CREATE INDEX ticket_oc_resolved ON ticket (code_oc, resolution_date NULLS FIRST, seq)
    INCLUDE (status, zone, total_done, entered) WHERE resolution_date IS NOT NULL;
-- What has changed since: how the other side keeps up.
CREATE INDEX ticket_oi_updated ON ticket (code_oi, last_update_date NULLS FIRST, seq) INCLUDE (status, zone);
CREATE INDEX ticket_oc_updated ON ticket (code_oc, last_update_date NULLS FIRST, seq) INCLUDE (status, zone);
CREATE INDEX ticket_oi_changed ON ticket (code_oi, status_change_date NULLS FIRST, seq) INCLUDE (status, zone);
CREATE INDEX ticket_oc_changed ON ticket (code_oc, status_change_date NULLS FIRST, seq) INCLUDE (status, zone);
-- Names, by equality, by the beginning of an expression, or each in turn without reading a ticket.
CREATE INDEX ticket_oi_name ON ticket (code_oi, name NULLS FIRST, seq) INCLUDE (creation_date, status, zone);
CREATE INDEX ticket_oc_name ON ticket (code_oc, name NULLS FIRST, seq) INCLUDE (creation_date, status, zone);
CREATE INDEX ticket_by_external_id ON ticket (external_id, code_oc) WHERE external_id IS NOT NULL;
-- Tickets that wait for the OC, whose delays run: by how long they have waited.
CREATE INDEX ticket_waiting ON ticket (status, code_oi, code_oc, entered) WHERE status IN ('PENDING', 'RESOLVED');

-- The texts that a registered path reaches in a document, one row each; a long one by its beginning and its hash.
CREATE TABLE multi_value (
    path  smallint NOT NULL,
    value text COLLATE "C" NOT NULL,
    seq   bigint NOT NULL REFERENCES ticket (seq),
    PRIMARY KEY (path, value, seq)
);

CREATE INDEX multi_value_by_ticket ON multi_value (seq);

CREATE TABLE note (
    seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id       text COLLATE "C" NOT NULL UNIQUE,
    ticket   bigint NOT NULL REFERENCES ticket (seq),
    document text NOT NULL
);

CREATE INDEX note_by_ticket ON note (ticket, seq);

-- Written with what they tell of, each numbered as the last thing before its commit, one commit at a time: readers go
-- on after the last number they have seen, and miss nothing.
CREATE TABLE event (
    seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id        text COLLATE "C" NOT NULL,
    type      text COLLATE "C" NOT NULL,
    subject   text COLLATE "C" NOT NULL,
    time      bigint NOT NULL,
    code_oi   text COLLATE "C" NOT NULL,
    code_oc   text COLLATE "C" NOT NULL,
    caused_by text NOT NULL,
    document  text NOT NULL
);

CREATE UNIQUE INDEX event_by_id ON event (id);
CREATE INDEX event_by_subject ON event (subject, seq);
CREATE INDEX event_oi ON event (code_oi, seq) INCLUDE (type, time);
CREATE INDEX event_oc ON event (code_oc, seq) INCLUDE (type, time);
CREATE INDEX event_oi_time ON event (code_oi, time NULLS FIRST, seq) INCLUDE (type);
CREATE INDEX event_oc_time ON event (code_oc, time NULLS FIRST, seq) INCLUDE (type);

-- Columns named `_folded` hold the column before them in lower case, as the query language folds it. `trigrams` has a
-- number for each three characters that follow each other in one of them, its column and its operator counted in.

CREATE TABLE organization (
    seq                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id                     text COLLATE "C" NOT NULL,
    version                text COLLATE "C" NOT NULL,
    name                   text COLLATE "C",
    name_folded            text COLLATE "C",
    trading_name           text COLLATE "C",
    trading_name_folded    text COLLATE "C",
    is_head_office         boolean,
    is_legal_entity        boolean,
    name_type              text COLLATE "C",
    organization_type      text COLLATE "C",
    trigrams               integer[] NOT NULL,
    document               text NOT NULL
);

CREATE UNIQUE INDEX organization_by_id ON organization (id NULLS FIRST);
-- By the folded names for patterns, by the names themselves for the order.
CREATE INDEX organization_by_folded_name ON organization (name_folded, name);
CREATE INDEX organization_by_name ON organization (name NULLS FIRST, seq);
CREATE INDEX organization_by_folded_trading_name ON organization (trading_name_folded, trading_name);
CREATE INDEX organization_by_trading_name ON organization (trading_name NULLS FIRST, seq);
CREATE INDEX organization_by_head_office ON organization (is_head_office NULLS FIRST, seq);
CREATE INDEX organization_by_legal_entity ON organization (is_legal_entity NULLS FIRST, seq);
CREATE INDEX organization_by_name_type ON organization (name_type NULLS FIRST, seq);
CREATE INDEX organization_by_type ON organization (organization_type NULLS FIRST, seq);
CREATE INDEX organization_by_trigrams ON organization USING gin (trigrams);

CREATE TABLE organization_identification (
    identification_type      text COLLATE "C" NOT NULL,
    identification_id        text COLLATE "C" NOT NULL,
    identification_id_folded text COLLATE "C" NOT NULL,
    seq                      bigint NOT NULL REFERENCES organization (seq),
    PRIMARY KEY (identification_type, identification_id, seq)
);

CREATE INDEX identification_by_organization ON organization_identification (seq);

CREATE TABLE individual (
    seq                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id                 text COLLATE "C" NOT NULL,
    version            text COLLATE "C" NOT NULL,
    operator           text COLLATE "C" NOT NULL,
    full_name          text COLLATE "C",
    full_name_folded   text COLLATE "C",
    family_name        text COLLATE "C",
    family_name_folded text COLLATE "C",
    given_name         text COLLATE "C",
    given_name_folded  text COLLATE "C",
    legal_name         text COLLATE "C",
    legal_name_folded  text COLLATE "C",
    title              text COLLATE "C",
    middle_name        text COLLATE "C",
    name_prefix        text COLLATE "C",
    gender             text COLLATE "C",
    trigrams           integer[] NOT NULL,
    document           text NOT NULL,
    contact_medium     text
);

CREATE UNIQUE INDEX individual_by_id ON individual (id);
CREATE INDEX individual_by_operator ON individual (operator, seq);
-- Alone: with the name itself beside it, the longest that is allowed could be more than an index takes.
CREATE INDEX individual_by_full_name ON individual (operator, full_name_folded);
CREATE INDEX individual_by_family_name ON individual (operator, family_name_folded, family_name);
CREATE INDEX individual_by_given_name ON individual (operator, given_name_folded, given_name);
CREATE INDEX individual_by_legal_name ON individual (operator, legal_name_folded, legal_name)
    WHERE legal_name_folded IS NOT NULL;
CREATE INDEX individual_by_title ON individual (operator, title, seq) WHERE title IS NOT NULL;
CREATE INDEX individual_by_middle_name ON individual (operator, middle_name, seq) WHERE middle_name IS NOT NULL;
CREATE INDEX individual_by_name_prefix ON individual (operator, name_prefix, seq) WHERE name_prefix IS NOT NULL;
CREATE INDEX individual_by_gender ON individual (operator, gender, seq) WHERE gender IS NOT NULL;
CREATE INDEX individual_by_trigrams ON individual USING gin (trigrams);

-- A long value is kept by its beginning and its hash where it is looked up, and whole where parts of it are sought.
CREATE TABLE individual_characteristic (
    operator                    text COLLATE "C" NOT NULL,
    characteristic_name         text COLLATE "C" NOT NULL,
    characteristic_value        text COLLATE "C" NOT NULL,
    characteristic_value_folded text COLLATE "C" NOT NULL,
    seq                         bigint NOT NULL REFERENCES individual (seq) ON DELETE CASCADE,
    PRIMARY KEY (operator, characteristic_name, characteristic_value, seq)
);

CREATE INDEX characteristic_by_individual ON individual_characteristic (seq);

CREATE TABLE idempotency (
    client         text COLLATE "C" NOT NULL,
    key            text COLLATE "C" NOT NULL,
    fingerprint    bytea NOT NULL,
    at             bigint NOT NULL,
    -- Of an individual: the answer to the request that added it goes when it does.
    individual     text COLLATE "C",
    version        text COLLATE "C",
    document       text NOT NULL,
    contact_medium text,
    PRIMARY KEY (client, key)
);

CREATE INDEX idempotency_by_age ON idempotency (at);
CREATE INDEX idempotency_by_individual ON idempotency (individual) WHERE individual IS NOT NULL;

-- ANALYZE keeps samples of what it reads: none of what people are called, and none of whole documents.
ALTER TABLE ticket ALTER COLUMN findings SET STATISTICS 0, ALTER COLUMN document SET STATISTICS 0;
ALTER TABLE note ALTER COLUMN document SET STATISTICS 0;
ALTER TABLE event ALTER COLUMN document SET STATISTICS 0;
ALTER TABLE organization ALTER COLUMN document SET STATISTICS 0;
ALTER TABLE individual
    ALTER COLUMN full_name SET STATISTICS 0, ALTER COLUMN full_name_folded SET STATISTICS 0,
    ALTER COLUMN family_name SET STATISTICS 0, ALTER COLUMN family_name_folded SET STATISTICS 0,
    ALTER COLUMN given_name SET STATISTICS 0, ALTER COLUMN given_name_folded SET STATISTICS 0,
    ALTER COLUMN legal_name SET STATISTICS 0, ALTER COLUMN legal_name_folded SET STATISTICS 0,
    ALTER COLUMN title SET STATISTICS 0, ALTER COLUMN middle_name SET STATISTICS 0,
    ALTER COLUMN name_prefix SET STATISTICS 0,
    ALTER COLUMN document SET STATISTICS 0, ALTER COLUMN contact_medium SET STATISTICS 0;
ALTER TABLE individual_characteristic
    ALTER COLUMN characteristic_value SET STATISTICS 0, ALTER COLUMN characteristic_value_folded SET STATISTICS 0;
ALTER TABLE idempotency ALTER COLUMN document SET STATISTICS 0, ALTER COLUMN contact_medium SET STATISTICS 0;
