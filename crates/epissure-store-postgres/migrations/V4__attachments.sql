CREATE TABLE attachment (
    seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id       text COLLATE "C" NOT NULL UNIQUE,
    ticket   bigint NOT NULL REFERENCES ticket (seq),
    version  text COLLATE "C" NOT NULL,
    status   text COLLATE "C" NOT NULL,
    created  bigint NOT NULL,
    -- When its check is to be made, or made again.
    due      bigint NOT NULL,
    attempts bigint NOT NULL,
    document text NOT NULL
);

CREATE INDEX attachment_by_ticket ON attachment (ticket, seq);
CREATE INDEX attachment_waiting ON attachment (due) WHERE status IN ('PENDING', 'UPLOADED');
CREATE INDEX attachment_unfinished ON attachment (created) WHERE status = 'UPLOADING';
CREATE INDEX attachment_validated ON attachment (id) WHERE status = 'VALIDATED';

ALTER TABLE attachment ALTER COLUMN document SET STATISTICS 0;
