//! What was measured, and where: the model multiplies these numbers and knows no other.

use serde::Serialize;

/// A table, and how many rows of it a ticket comes to.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// How many rows one ticket has in it, over its life.
    pub(super) rows_per_ticket: f64,
    /// Bytes of a row in the table itself: its page's share, with what stays free in it.
    pub(super) row_bytes: f64,
    /// Its indexes.
    pub(super) indexes: &'static [Index],
    /// Why so many rows.
    pub(super) because: &'static str,
}

/// An index, and what a row takes in it.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Index {
    pub(super) name: &'static str,
    /// Bytes of a row of the table, whether or not the index has an entry for it.
    pub(super) row_bytes: f64,
}

const fn index(name: &'static str, row_bytes: f64) -> Index {
    Index { name, row_bytes }
}

/// Where the bytes of rows come from.
pub(super) const SIZES_FROM: &str = "measured with the project's own migrations on 100,000 tickets (documents of 1,589 bytes, 70 % closed, \
     inserted in the order of their creation, then vacuumed), PostgreSQL 15, two cores";

/// What a ticket leaves behind. Indexes for the OI and for the OC are as large as each other.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "ticket",
        rows_per_ticket: 1.0,
        row_bytes: 2048.0,
        indexes: &[
            index("ticket_pkey", 22.6),
            index("ticket_by_id", 59.3),
            index("ticket_oi_status", 89.3),
            index("ticket_oc_status", 89.3),
            index("ticket_oi_zone", 96.9),
            index("ticket_oc_zone", 96.9),
            index("ticket_oi_created", 77.8),
            index("ticket_oc_created", 77.8),
            index("ticket_oi_resolved", 85.0),
            index("ticket_oc_resolved", 85.0),
            index("ticket_oi_updated", 73.4),
            index("ticket_oc_updated", 73.4),
            index("ticket_oi_changed", 73.0),
            index("ticket_oc_changed", 73.0),
            index("ticket_oi_name", 147.9),
            index("ticket_oc_name", 147.9),
            index("ticket_by_external_id", 53.9),
            index("ticket_waiting", 7.1),
        ],
        because: "one each",
    },
    Table {
        name: "multi_value",
        rows_per_ticket: 3.0,
        row_bytes: 57.6,
        indexes: &[index("multi_value_pkey", 61.8), index("multi_value_by_ticket", 22.5)],
        because: "two buildings and a party each, as in the storage study (3.0 million rows on 1,000,000 tickets)",
    },
    Table {
        name: "event",
        rows_per_ticket: 3.0,
        row_bytes: 2048.0,
        indexes: &[
            index("event_pkey", 22.5),
            index("event_by_id", 59.1),
            index("event_by_subject", 93.0),
            index("event_oi", 85.8),
            index("event_oc", 85.8),
            index("event_oi_time", 85.8),
            index("event_oc_time", 85.8),
        ],
        because: "three changes, as ADR 010 counts: about three times the document over its life",
    },
    Table {
        name: "delivery",
        rows_per_ticket: 2.0,
        row_bytes: 117.1,
        indexes: &[
            index("delivery_pkey", 22.6),
            index("delivery_of_ticket", 92.9),
            index("delivery_state", 49.8),
        ],
        because: "assumed: two of the three changes are the OI's, and the OC wants to hear of them",
    },
    Table {
        name: "attempt",
        rows_per_ticket: 2.0,
        row_bytes: 68.3,
        indexes: &[index("attempt_pkey", 31.6)],
        because: "assumed: each delivery is taken at the first attempt, with an empty answer",
    },
    Table {
        name: "audit",
        rows_per_ticket: 4.0,
        row_bytes: 341.3,
        indexes: &[index("audit_pkey", 22.5)],
        because: "one for the opening, one for each change",
    },
];

/// A number that a cost is made of.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Constant {
    pub(super) what: &'static str,
    pub(super) value: f64,
    pub(super) unit: &'static str,
    pub(super) source: &'static str,
}

const STUDY: &str = "storage study: measured on 1,000,000 tickets, PostgreSQL 15, two cores, warm";
const PARTITIONS: &str = "measured on 100,000 tickets in one table and in 47 partitions by month, with all their indexes, \
     PostgreSQL 15, two busy cores, medians of 31";

/// A ticket by its identifier.
pub(super) const POINT: Constant =
    Constant { what: "a ticket by its identifier", value: 0.069, unit: "ms", source: STUDY };
/// A page of 50 that an index has in its order.
pub(super) const PAGE: Constant =
    Constant { what: "a page of 50 from an index in its order", value: 0.27, unit: "ms", source: STUDY };
/// An entry of a covering index that is counted: 700,196 in 75 ms.
pub(super) const COUNTED: Constant =
    Constant { what: "an entry of a covering index, counted", value: 107.0, unit: "ns", source: STUDY };
/// A row that an offset skips: 500,000 in 45 to 50 ms.
pub(super) const SKIPPED: Constant =
    Constant { what: "an entry that an offset skips", value: 95.0, unit: "ns", source: STUDY };
/// A document that the evaluator looks at: a million in about 2.5 s.
pub(super) const SCANNED: Constant = Constant {
    what: "a document that the evaluator looks at",
    value: 2500.0,
    unit: "ns",
    source: "ADR 014: a million documents in about 2.5 s, two cores",
};
/// Changes a second when those that come at once share the last step.
pub(super) const CHANGES: Constant = Constant {
    what: "changes, 32 at once, which share the last step",
    value: 2000.0,
    unit: "/s",
    source: "ADR 014: two cores",
};
/// What each partition more that is looked in adds to a page: another index to plan, to open and to merge.
pub(super) const PAGE_PARTITION: Constant = Constant {
    what: "a page, each partition it is looked for in",
    value: 0.256,
    unit: "ms",
    source: PARTITIONS,
};
/// What each partition more that is looked in adds to a count.
pub(super) const COUNT_PARTITION: Constant = Constant {
    what: "a count, each partition it goes through",
    value: 0.104,
    unit: "ms",
    source: PARTITIONS,
};
/// What each partition more adds to a look-up by a unique key that the partitions are not cut by.
pub(super) const POINT_PARTITION: Constant = Constant {
    what: "a look-up by a key that is not the partitions', each partition",
    value: 0.048,
    unit: "ms",
    source: PARTITIONS,
};

/// All of them, to be shown.
pub(super) const COSTS: &[Constant] =
    &[POINT, PAGE, COUNTED, SKIPPED, SCANNED, CHANGES, PAGE_PARTITION, COUNT_PARTITION, POINT_PARTITION];
