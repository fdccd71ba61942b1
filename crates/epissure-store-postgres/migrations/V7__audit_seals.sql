-- A hash of the audit, authenticated with a key that is not in the database.
CREATE TABLE audit_seal (
    number bigint PRIMARY KEY,
    hash   text NOT NULL,
    at     bigint NOT NULL,
    key    text NOT NULL,
    mac    text NOT NULL
);

-- Up to where the audit was exported, and may be cut.
CREATE TABLE audit_checkpoint (
    number bigint PRIMARY KEY,
    hash   text NOT NULL,
    at     bigint NOT NULL,
    key    text NOT NULL,
    mac    text NOT NULL
);

CREATE FUNCTION audit_is_shortened_to_a_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.number > (SELECT coalesce(max(number), 0) FROM audit_checkpoint) THEN
        RAISE EXCEPTION 'the audit is shortened up to a checkpoint only';
    END IF;
    RETURN OLD;
END
$$;

DROP TRIGGER audit_is_never_changed ON audit;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to();
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_shortened_to_a_checkpoint();
