-- Columns named `_folded` hold the column before them in lower case, as the query language folds it.

CREATE TABLE organization (
    seq                    INTEGER PRIMARY KEY,
    id                     TEXT NOT NULL,
    version                TEXT NOT NULL,
    name                   TEXT,
    name_folded            TEXT,
    trading_name           TEXT,
    trading_name_folded    TEXT,
    is_head_office         INTEGER,
    is_legal_entity        INTEGER,
    name_type              TEXT,
    organization_type      TEXT,
    -- All its identifications, folded, one a line: where parts of them are looked for first.
    identifications_folded TEXT,
    document               TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX organization_by_id ON organization (id);
-- By the folded names for patterns, by the names themselves for the order.
CREATE INDEX organization_by_folded_name ON organization (name_folded, name);
CREATE INDEX organization_by_name ON organization (name);
CREATE INDEX organization_by_folded_trading_name ON organization (trading_name_folded, trading_name);
CREATE INDEX organization_by_trading_name ON organization (trading_name);
CREATE INDEX organization_by_head_office ON organization (is_head_office);
CREATE INDEX organization_by_legal_entity ON organization (is_legal_entity);
CREATE INDEX organization_by_name_type ON organization (name_type);
CREATE INDEX organization_by_type ON organization (organization_type);

CREATE TABLE organization_identification (
    identification_type      TEXT NOT NULL,
    identification_id        TEXT NOT NULL,
    identification_id_folded TEXT NOT NULL,
    seq                      INTEGER NOT NULL REFERENCES organization (seq),
    PRIMARY KEY (identification_type, identification_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX identification_by_organization ON organization_identification (seq);

-- The number of an individual begins with its operator's code: an operator's individuals follow each other, in the
-- order in which they came in, and a search among their names never reads another operator's.
CREATE TABLE individual (
    seq                INTEGER PRIMARY KEY,
    id                 TEXT NOT NULL,
    version            TEXT NOT NULL,
    operator           TEXT NOT NULL,
    full_name          TEXT,
    full_name_folded   TEXT,
    family_name        TEXT,
    family_name_folded TEXT,
    given_name         TEXT,
    given_name_folded  TEXT,
    legal_name         TEXT,
    legal_name_folded  TEXT,
    title              TEXT,
    middle_name        TEXT,
    name_prefix        TEXT,
    gender             TEXT,
    document           TEXT NOT NULL,
    -- Last: a row is read up to what is asked of it.
    contact_medium     TEXT
) STRICT;

CREATE UNIQUE INDEX individual_by_id ON individual (id);
CREATE INDEX individual_by_operator ON individual (operator);
CREATE INDEX individual_by_full_name ON individual (operator, full_name_folded, full_name);
CREATE INDEX individual_by_family_name ON individual (operator, family_name_folded, family_name);
CREATE INDEX individual_by_given_name ON individual (operator, given_name_folded, given_name);
CREATE INDEX individual_by_legal_name ON individual (operator, legal_name_folded, legal_name)
    WHERE legal_name_folded IS NOT NULL;
CREATE INDEX individual_by_title ON individual (operator, title) WHERE title IS NOT NULL;
CREATE INDEX individual_by_middle_name ON individual (operator, middle_name) WHERE middle_name IS NOT NULL;
CREATE INDEX individual_by_name_prefix ON individual (operator, name_prefix) WHERE name_prefix IS NOT NULL;
CREATE INDEX individual_by_gender ON individual (operator, gender) WHERE gender IS NOT NULL;

CREATE TABLE individual_characteristic (
    characteristic_name  TEXT NOT NULL,
    characteristic_value TEXT NOT NULL,
    seq                  INTEGER NOT NULL REFERENCES individual (seq) ON DELETE CASCADE,
    PRIMARY KEY (characteristic_name, characteristic_value, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX characteristic_by_individual ON individual_characteristic (seq);

-- Texts by their trigrams. They are already folded, and a phrase of trigrams is exactly a part of a text, so that what
-- is found need not be looked at again. The content is the table's: `secure-delete` then removes an entry from the
-- index for good, which it cannot where the index alone knows what was indexed. No trigger fills them: each statement
-- with a trigger is a savepoint, at which fts5 writes out what it has gathered.
CREATE VIRTUAL TABLE organization_text USING fts5 (
    name_folded, trading_name_folded, identifications_folded,
    content = 'organization', content_rowid = 'seq', columnsize = 0, tokenize = 'trigram case_sensitive 1'
);
CREATE VIRTUAL TABLE individual_text USING fts5 (
    full_name_folded, family_name_folded, given_name_folded, legal_name_folded,
    content = 'individual', content_rowid = 'seq', columnsize = 0, tokenize = 'trigram case_sensitive 1'
);
INSERT INTO individual_text (individual_text, rank) VALUES ('secure-delete', 1);

-- The answer to a request that added an individual goes when the individual does.
ALTER TABLE idempotency ADD COLUMN individual TEXT;
ALTER TABLE idempotency ADD COLUMN version TEXT;
ALTER TABLE idempotency ADD COLUMN contact_medium TEXT;
CREATE INDEX idempotency_by_individual ON idempotency (individual) WHERE individual IS NOT NULL;
