-- A hash of the audit, authenticated with a key that is not in the database.
CREATE TABLE audit_seal (
    number INTEGER PRIMARY KEY,
    hash   TEXT NOT NULL,
    at     INTEGER NOT NULL,
    key    TEXT NOT NULL,
    mac    TEXT NOT NULL
) STRICT;

-- Up to where the audit was exported, and may be cut.
CREATE TABLE audit_checkpoint (
    number INTEGER PRIMARY KEY,
    hash   TEXT NOT NULL,
    at     INTEGER NOT NULL,
    key    TEXT NOT NULL,
    mac    TEXT NOT NULL
) STRICT;

DROP TRIGGER audit_is_never_shortened;
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
WHEN OLD.number > (SELECT coalesce(max(number), 0) FROM audit_checkpoint)
BEGIN SELECT RAISE(ABORT, 'the audit is shortened up to a checkpoint only'); END;
