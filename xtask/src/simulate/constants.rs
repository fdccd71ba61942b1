//! Measured constants and their sources: the model uses no other numbers.

use serde::Serialize;

/// A table, and its number of rows per ticket.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Number of rows of one ticket, over its life.
    pub(super) rows_per_ticket: f64,
    /// Bytes of a row in the table itself: its share of a page, with the free space.
    pub(super) row_bytes: f64,
    /// Indexes of the table.
    pub(super) indexes: &'static [Index],
    /// Reason for the number of rows.
    pub(super) because: &'static str,
}

/// An index, and the size of a row in it.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Index {
    pub(super) name: &'static str,
    /// Bytes per row of the table, averaged over rows with and without an entry.
    pub(super) row_bytes: f64,
}

const fn index(name: &'static str, row_bytes: f64) -> Index {
    Index { name, row_bytes }
}

/// Source of the row sizes.
pub(super) const SIZES_FROM: &str = "measured with the project's own migrations on 100,000 tickets (documents of 1,589 bytes, 70 % closed, \
     inserted in the order of their creation, then vacuumed), PostgreSQL 15, two cores";

/// Rows stored for a ticket. Indexes for the OI and for the OC have the same size.
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
        because: "the ticket itself",
    },
    Table {
        name: "multi_value",
        rows_per_ticket: 3.0,
        row_bytes: 57.6,
        indexes: &[index("multi_value_pkey", 61.8), index("multi_value_by_ticket", 22.5)],
        because: "two buildings and a party per ticket, as in the storage study (3.0 million rows for 1,000,000 tickets)",
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
        because: "three changes over the life of a ticket (ADR 010), each with the whole document",
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
        because: "assumed: the OI makes two of the three changes, and the OC receives both events",
    },
    Table {
        name: "attempt",
        rows_per_ticket: 2.0,
        row_bytes: 68.3,
        indexes: &[index("attempt_pkey", 31.6)],
        because: "assumed: each delivery succeeds at the first attempt, with an empty response",
    },
    Table {
        name: "audit",
        rows_per_ticket: 4.0,
        row_bytes: 341.3,
        indexes: &[index("audit_pkey", 22.5)],
        because: "one for the opening and one for each change",
    },
];

/// A constant of a cost.
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

/// Time of a ticket by its identifier.
pub(super) const POINT: Constant =
    Constant { what: "look-up of a ticket by its identifier", value: 0.069, unit: "ms", source: STUDY };
/// Time of a page of 50 from an index in its order.
pub(super) const PAGE: Constant =
    Constant { what: "page of 50 in the order of an index", value: 0.27, unit: "ms", source: STUDY };
/// Time to count an entry of a covering index: 700,196 in 75 ms.
pub(super) const COUNTED: Constant =
    Constant { what: "count of one entry of a covering index", value: 107.0, unit: "ns", source: STUDY };
/// Time to skip a row by an offset: 500,000 in 45 to 50 ms.
pub(super) const SKIPPED: Constant =
    Constant { what: "one entry skipped by an offset", value: 95.0, unit: "ns", source: STUDY };
/// Time to evaluate a document: a million in about 2.5 s.
pub(super) const SCANNED: Constant = Constant {
    what: "evaluation of one document",
    value: 2500.0,
    unit: "ns",
    source: "ADR 014: a million documents in about 2.5 s, two cores",
};
/// Changes per second when concurrent ones share the last step.
pub(super) const CHANGES: Constant = Constant {
    what: "changes, 32 concurrent, which share the last step",
    value: 2000.0,
    unit: "/s",
    source: "ADR 014: two cores",
};
/// Time that each additional partition adds to a page: another index to plan, open and merge.
pub(super) const PAGE_PARTITION: Constant =
    Constant { what: "page: each partition read", value: 0.256, unit: "ms", source: PARTITIONS };
/// Time that each additional partition adds to a count.
pub(super) const COUNT_PARTITION: Constant =
    Constant { what: "count: each partition read", value: 0.104, unit: "ms", source: PARTITIONS };
/// Time that each additional partition adds to a look-up by a unique key other than the partition
/// key.
pub(super) const POINT_PARTITION: Constant = Constant {
    what: "look-up by a key other than the partition key: each partition",
    value: 0.048,
    unit: "ms",
    source: PARTITIONS,
};

/// Constants of costs, to be printed.
pub(super) const COSTS: &[Constant] =
    &[POINT, PAGE, COUNTED, SKIPPED, SCANNED, CHANGES, PAGE_PARTITION, COUNT_PARTITION, POINT_PARTITION];
