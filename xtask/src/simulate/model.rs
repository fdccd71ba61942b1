//! The model: pure functions from a number of tickets to sizes and costs.

use serde::Serialize;

use super::constants::{
    CHANGES, COUNT_PARTITION, COUNTED, Constant, PAGE, PAGE_PARTITION, POINT, POINT_PARTITION, SCANNED,
    SKIPPED, TABLES, Table,
};

/// Input of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Load {
    pub(super) tickets: u64,
    /// Number of months over which the tickets were opened, evenly.
    pub(super) months: u64,
}

/// Size of a table on disk.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Size {
    pub(super) table: &'static str,
    pub(super) rows: f64,
    pub(super) table_bytes: f64,
    pub(super) index_bytes: f64,
    /// Bytes of one month's partition, indexes included.
    pub(super) month_bytes: f64,
}

/// Cost of a query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Cost {
    pub(super) work: &'static str,
    pub(super) ask: &'static str,
    /// Time in one table, in milliseconds.
    pub(super) one_table: f64,
    /// Time in monthly partitions, in milliseconds.
    pub(super) partitioned: f64,
    /// Number of partitions read.
    pub(super) partitions: u64,
    /// True when the partitioned query exceeds the budget of a query: the server would return 422.
    pub(super) refused: bool,
}

/// Write rate, compared with the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Writing {
    /// Average number of openings and changes per second, over all months.
    pub(super) mean: f64,
    /// Maximum of one database, per second.
    pub(super) most: f64,
    /// Ratio of the maximum to the average.
    pub(super) headroom: f64,
}

/// Budget of a query, in milliseconds: costlier ones are refused.
const BUDGET: f64 = 5_000.0;
/// Seconds in a month, on average.
const MONTH: f64 = 365.25 / 12.0 * 86_400.0;

/// Work of a query.
#[derive(Debug, Clone, Copy)]
enum Does {
    /// Finds one row by the partition key.
    Point,
    /// Finds one row by another key.
    OtherKey,
    /// Reads the first page of an order.
    Page,
    /// Counts this share of the rows read.
    Count(f64),
    /// Skips this share of the rows read, then reads a page.
    Skip(f64),
    /// Evaluates each document.
    Scan,
}

/// A query in the table.
struct Work {
    what: &'static str,
    ask: &'static str,
    does: Does,
    /// True when the query is limited to one month, which has a partition of its own.
    of_a_month: bool,
}

/// Shares are those of 1,000,000 tickets of the storage study: 700,196 closed, 315,839 closed in
/// the less dense zone, 22,419 pending there.
const WORKS: &[Work] = &[
    Work { what: "ticket by its id", ask: "GET /{id}", does: Does::Point, of_a_month: false },
    Work {
        what: "event by its id, in partitions by seq",
        ask: "Last-Event-ID",
        does: Does::OtherKey,
        of_a_month: false,
    },
    Work {
        what: "page of a queue, newest first",
        ask: "status, zone, sort=-creationDate",
        does: Does::Page,
        of_a_month: false,
    },
    Work { what: "the same, one month", ask: "the same, creationDate", does: Does::Page, of_a_month: true },
    Work {
        what: "total of a queue",
        ask: "status=PENDING, zone",
        does: Does::Count(0.022_419),
        of_a_month: false,
    },
    Work {
        what: "total of closed tickets in a zone",
        ask: "status=CLOSED, zone",
        does: Does::Count(0.315_839),
        of_a_month: false,
    },
    Work {
        what: "total of closed tickets",
        ask: "status=CLOSED",
        does: Does::Count(0.700_196),
        of_a_month: false,
    },
    Work {
        what: "the regulator's count for a month",
        ask: "status=CLOSED, zone, creationDate",
        does: Does::Count(0.315_839),
        of_a_month: true,
    },
    Work {
        what: "page at half of the list, by offset",
        ask: "sort=-creationDate, offset",
        does: Does::Skip(0.5),
        of_a_month: false,
    },
    Work {
        what: "the same by cursor, total cached",
        ask: "sort=-creationDate, cursor",
        does: Does::Page,
        of_a_month: false,
    },
    Work {
        what: "filter without an index, one month",
        ask: "creationDate, description[regex]",
        does: Does::Scan,
        of_a_month: true,
    },
    Work { what: "filter without an index", ask: "description[regex]", does: Does::Scan, of_a_month: false },
];

impl Load {
    /// Returns the size of each table.
    pub(super) fn sizes(self) -> Vec<Size> {
        TABLES.iter().map(|table| self.size(table)).collect()
    }

    fn size(self, table: &Table) -> Size {
        let rows = self.all() * table.rows_per_ticket;
        let table_bytes = rows * table.row_bytes;
        let index_bytes = rows * table.indexes.iter().map(|index| index.row_bytes).sum::<f64>();
        let month_bytes = (table_bytes + index_bytes) / self.partitions();
        Size { table: table.name, rows, table_bytes, index_bytes, month_bytes }
    }

    /// Returns the cost of each query.
    pub(super) fn costs(self) -> Vec<Cost> {
        WORKS.iter().map(|work| self.cost(work)).collect()
    }

    fn cost(self, work: &Work) -> Cost {
        let seen = if work.of_a_month { self.all() / self.partitions() } else { self.all() };
        let partitions =
            if work.of_a_month || matches!(work.does, Does::Point) { 1 } else { self.months.max(1) };
        let one_table = work.does.milliseconds(seen);
        // A query limited to one partition is planned like one on a plain table.
        let more = if partitions > 1 { work.does.of_each_partition() * partitions as f64 } else { 0.0 };
        let partitioned = one_table + more;
        let refused = partitioned > BUDGET;
        Cost { work: work.what, ask: work.ask, one_table, partitioned, partitions, refused }
    }

    /// Returns the write rate.
    pub(super) fn writing(self) -> Writing {
        let writes = self.all() * rows_of("audit");
        let mean = writes / (self.partitions() * MONTH);
        Writing { mean, most: CHANGES.value, headroom: CHANGES.value / mean }
    }

    fn all(self) -> f64 {
        self.tickets as f64
    }

    fn partitions(self) -> f64 {
        self.months.max(1) as f64
    }
}

impl Does {
    /// Returns the time in one table, reading this many rows.
    fn milliseconds(self, seen: f64) -> f64 {
        match self {
            Self::Point | Self::OtherKey => POINT.value,
            Self::Page => PAGE.value,
            Self::Count(share) => each(COUNTED, seen * share),
            Self::Skip(share) => PAGE.value + each(SKIPPED, seen * share),
            Self::Scan => each(SCANNED, seen),
        }
    }

    /// Returns the time that each partition read adds, in milliseconds.
    fn of_each_partition(self) -> f64 {
        match self {
            Self::Point => 0.0,
            Self::OtherKey => POINT_PARTITION.value,
            Self::Page | Self::Skip(_) => PAGE_PARTITION.value,
            Self::Count(_) | Self::Scan => COUNT_PARTITION.value,
        }
    }
}

/// Returns a multiple of a constant of nanoseconds, in milliseconds.
fn each(constant: Constant, times: f64) -> f64 {
    constant.value * times / 1e6
}

/// Returns the number of rows of a ticket in a table.
fn rows_of(name: &str) -> f64 {
    TABLES.iter().find(|table| table.name == name).map_or(0.0, |table| table.rows_per_ticket)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLION: Load = Load { tickets: 1_000_000, months: 46 };
    const HUNDRED_MILLION: Load = Load { tickets: 100_000_000, months: 46 };

    fn size_of(load: Load, table: &str) -> Size {
        load.sizes().into_iter().find(|size| size.table == table).unwrap()
    }

    fn cost_of(load: Load, work: &str) -> Cost {
        load.costs().into_iter().find(|cost| cost.work == work).unwrap()
    }

    /// Checks that a number is within a relative tolerance of another.
    fn near(reckoned: f64, measured: f64, part: f64) -> bool {
        (reckoned - measured).abs() <= measured * part
    }

    /// The constants are from 100,000 tickets. These bytes were measured separately, on 1,000,000
    /// generated the same way. Inserts out of order pack indexes a little worse there.
    #[test]
    fn a_million_tickets_take_what_was_measured_within_a_tenth() {
        let (ticket, values) = (size_of(MILLION, "ticket"), size_of(MILLION, "multi_value"));
        for (reckoned, measured) in [
            (ticket.table_bytes, 2_048_000_000.0),
            (ticket.index_bytes, 1_473_052_672.0),
            (values.table_bytes, 172_654_592.0),
            (values.index_bytes, 280_059_904.0),
        ] {
            assert!(near(reckoned, measured, 0.1), "reckoned {reckoned}, measured {measured}");
        }
    }

    /// The storage study's own times on 1,000,000 tickets. Constants come from the closed total,
    /// the offset and the scan; the other counts are independent of them.
    #[test]
    fn a_million_tickets_cost_what_was_measured_within_a_quarter() {
        for (work, measured) in [
            ("total of a queue", 2.4),
            ("total of closed tickets", 75.0),
            ("total of closed tickets in a zone", 28.0),
            ("page at half of the list, by offset", 47.5),
            ("filter without an index", 2_500.0),
        ] {
            let cost = cost_of(MILLION, work);
            assert!(near(cost.one_table, measured, 0.25), "{cost:?}, measured {measured} ms");
        }
    }

    #[test]
    fn a_month_s_partition_takes_the_month_s_share_of_the_bytes() {
        let size = size_of(Load { tickets: 1_000_000, months: 10 }, "audit");
        assert!(near(size.month_bytes * 10.0, size.table_bytes + size.index_bytes, 1e-9), "{size:?}");
    }

    #[test]
    fn one_partition_costs_what_one_table_does() {
        for cost in (Load { tickets: 1_000_000, months: 1 }).costs() {
            assert_eq!((cost.one_table, cost.partitions), (cost.partitioned, 1), "{cost:?}");
        }
    }

    #[test]
    fn partitions_never_make_a_query_without_a_date_cheaper() {
        for cost in HUNDRED_MILLION.costs() {
            let looked_in_all = cost.partitions == HUNDRED_MILLION.months;
            assert_eq!(cost.partitioned > cost.one_table, looked_in_all, "{cost:?}");
        }
    }

    #[test]
    fn pages_cost_the_same_however_many_tickets_and_counts_grow_with_them() {
        let page = "page of a queue, newest first";
        assert_eq!(cost_of(HUNDRED_MILLION, page), cost_of(MILLION, page));
        let total = "total of closed tickets";
        let (large, small) = (cost_of(HUNDRED_MILLION, total), cost_of(MILLION, total));
        assert!(near(large.one_table, small.one_table * 100.0, 1e-9), "{large:?} {small:?}");
    }

    #[test]
    fn what_costs_more_than_the_budget_is_told_to_be_refused() {
        assert!(!cost_of(MILLION, "total of closed tickets").refused);
        assert!(cost_of(HUNDRED_MILLION, "total of closed tickets").refused);
        assert!(!cost_of(HUNDRED_MILLION, "the regulator's count for a month").refused);
    }

    #[test]
    fn a_ticket_is_written_once_and_changed_three_times() {
        let writing = Load { tickets: 1_000_000, months: 12 }.writing();
        let year = 365.25 * 86_400.0;
        assert!(near(writing.mean, 4_000_000.0 / year, 1e-9), "{writing:?}");
        assert!(near(writing.headroom * writing.mean, writing.most, 1e-9), "{writing:?}");
    }
}
