-- Rows are only ever added; each holds the hash of the one before.
CREATE TABLE audit (
    number   bigint PRIMARY KEY,
    at       bigint NOT NULL,
    kind     text NOT NULL,
    author   text,
    operator text,
    role     text,
    address  text,
    request  text,
    action   text NOT NULL,
    subject  text NOT NULL,
    before   text,
    after    text,
    previous text NOT NULL,
    hash     text NOT NULL
);

CREATE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is never changed nor shortened';
END
$$;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to();
