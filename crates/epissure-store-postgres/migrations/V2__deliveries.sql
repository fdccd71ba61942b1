-- Where an OC wants the events of its tickets. What is secret of it stands apart, so that it is read by who needs it.
CREATE TABLE target (
    oi            text COLLATE "C" NOT NULL,
    oc            text COLLATE "C" NOT NULL,
    target        text NOT NULL,
    secrets       text NOT NULL,
    state         text NOT NULL,
    reason        text,
    failing_since bigint,
    held_until    bigint,
    rate          bigint,
    asked         bigint NOT NULL,
    PRIMARY KEY (oi, oc),
    FOREIGN KEY (oi, oc) REFERENCES contract (oi, oc)
);

-- Written with the event, when there is a target for it.
CREATE TABLE delivery (
    event    bigint PRIMARY KEY REFERENCES event (seq),
    oi       text COLLATE "C" NOT NULL,
    oc       text COLLATE "C" NOT NULL,
    ticket   text COLLATE "C" NOT NULL,
    state    text COLLATE "C" NOT NULL,
    attempts bigint NOT NULL,
    -- How many of them belong to the schedule that runs.
    step     bigint NOT NULL,
    -- When it may be tried, or tried again; for who has taken it, when others may. Of a ticket's queue the first alone
    -- has it.
    due      bigint
);

CREATE INDEX delivery_due ON delivery (oi, oc, due, event) WHERE due IS NOT NULL;
CREATE INDEX delivery_queue ON delivery (ticket, event) WHERE state = 'QUEUED';
CREATE INDEX delivery_of_ticket ON delivery (ticket, event);
CREATE INDEX delivery_state ON delivery (oi, oc, state, event);

CREATE TABLE attempt (
    event      bigint NOT NULL REFERENCES delivery (event) ON DELETE CASCADE,
    number     bigint NOT NULL,
    at         bigint NOT NULL,
    elapsed_ms bigint NOT NULL,
    status     integer,
    error      text,
    body       text NOT NULL,
    PRIMARY KEY (event, number)
);

-- The other side: what an OI sends to an OC here, and with which secrets it signs.
CREATE TABLE inbound_secret (
    oi      text COLLATE "C" NOT NULL,
    oc      text COLLATE "C" NOT NULL,
    secrets text NOT NULL,
    PRIMARY KEY (oi, oc),
    FOREIGN KEY (oi, oc) REFERENCES contract (oi, oc)
);

CREATE TABLE received (
    seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Of the sender, the source and the identifier, however long these are: by it an event is known again.
    digest   bytea NOT NULL UNIQUE,
    oi       text COLLATE "C" NOT NULL,
    source   text NOT NULL,
    id       text NOT NULL,
    type     text NOT NULL,
    subject  text NOT NULL,
    at       bigint NOT NULL,
    signed   boolean NOT NULL,
    document text NOT NULL
);

ALTER TABLE target ALTER COLUMN secrets SET STATISTICS 0;
ALTER TABLE inbound_secret ALTER COLUMN secrets SET STATISTICS 0;
ALTER TABLE attempt ALTER COLUMN body SET STATISTICS 0;
ALTER TABLE received ALTER COLUMN document SET STATISTICS 0;
