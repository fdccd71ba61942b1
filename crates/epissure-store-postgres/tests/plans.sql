-- Tickets as a busy OI has them: most are closed, few wait, some buildings come back.
INSERT INTO ticket (
    id, version, code_oi, code_oc, type, status, entered, zone, ticket_type, name, external_id, size_refs,
    creation_date, last_update_date, status_change_date, resolution_date, acknowledged_done, in_progress_done,
    pending_done, total_done, refused_done, accepted_done, document)
SELECT
    gen_random_uuid(), gen_random_uuid(), CASE WHEN n % 10 = 0 THEN 'IFTR' ELSE 'FTEL' END, 'SFRA',
    'AnomalieAdresse.modification',
    CASE WHEN n % 20 = 0 THEN 'PENDING' WHEN n % 7 = 0 THEN 'IN_PROGRESS' ELSE 'CLOSED' END,
    1700000000000 + n * 1000, CASE WHEN n % 2 = 0 THEN 'ZMD' ELSE 'ZTD' END, 'OC_REQUEST', 'voie ' || n,
    CASE WHEN n % 3 = 0 THEN 'T-' || n END, 1, 1700000000000 + n * 100000::bigint, 1700000000000 + n * 100000::bigint,
    1700000000000 + n * 100000::bigint, CASE WHEN n % 4 = 0 THEN 1700000000000 + n * 100000::bigint END, 0, 0, 0,
    n * 1000, 0, 0, '{"description": "' || repeat('x', 400) || '"}'
FROM generate_series(1, 10000) AS n;

INSERT INTO multi_value (path, value, seq)
SELECT 0, CASE WHEN seq IN (7, 8, 9) THEN 'IMB/RARE' ELSE 'IMB/' || seq % 1000 END, seq FROM ticket;

INSERT INTO event (id, type, subject, time, code_oi, code_oc, caused_by, document)
SELECT gen_random_uuid(), 'fr.interop.anomalieadresse.update', id, creation_date, code_oi, code_oc, 'OI', '{}' FROM ticket;

-- The numbers stand for the trigrams of the names.
INSERT INTO organization (
    id, version, name, name_folded, trading_name, trading_name_folded, is_head_office, is_legal_entity, name_type,
    organization_type, trigrams, document)
SELECT
    gen_random_uuid(), gen_random_uuid(), 'Menuiserie ' || n, 'menuiserie ' || n, 'M' || n, 'm' || n, n % 2 = 0, true,
    CASE WHEN n % 50 = 0 THEN 'SA' ELSE 'SARL' END, CASE WHEN n % 100 = 0 THEN 'COMPANY' ELSE 'OTHER' END,
    ARRAY[1, 2, 3, 4, 5, 1000 + n % 97, 2000 + n % 89], '{}'
FROM generate_series(1, 10000) AS n;

INSERT INTO organization_identification
SELECT 'siren', 100000000 + seq, 100000000 + seq, seq FROM organization;

INSERT INTO individual (
    id, version, operator, full_name, full_name_folded, family_name, family_name_folded, given_name, given_name_folded,
    legal_name, legal_name_folded, title, middle_name, name_prefix, gender, trigrams, document)
SELECT
    gen_random_uuid(), gen_random_uuid(), CASE WHEN n % 4 = 0 THEN 'SFRA' ELSE 'FTEL' END, 'Jack Dalton' || n,
    'jack dalton' || n, 'Dalton' || n, 'dalton' || n, 'Jack' || n, 'jack' || n, 'L' || n, 'l' || n,
    CASE WHEN n % 50 = 0 THEN 'Dr' END, CASE WHEN n % 60 = 0 THEN 'X' END, CASE WHEN n % 70 = 0 THEN 'de' END,
    CASE WHEN n % 100 = 0 THEN 'OTHER' ELSE 'MALE' END,
    ARRAY[1, 2, 3, 4, 5, 1000 + n % 97, 2000 + n % 89], '{}'
FROM generate_series(1, 10000) AS n;

INSERT INTO individual_characteristic
SELECT operator, 'Category', 'category ' || seq % 500, 'category ' || seq % 500, seq FROM individual;
