//! Cost of queries: an index answers them, or the rows of a table must be scanned.
//!
//! Scans have a thread and a queue of their own, so that they never delay other queries. The cost
//! may depend on the number of rows that have a value. These are then counted first, up to a limit.

use epissure_filter::plan::{ColumnTest, Order, OrderBy, Plan, Term};
use epissure_filter::{Comparison, Pattern};

use crate::readers::Lane;

/// A table listed with the query language, and the uses of its indexes. Each index begins with an
/// operator.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Selected columns.
    pub(crate) shown: &'static str,
    /// Column of the default order; the order of insertion when `None`.
    pub(crate) date: Option<&'static str>,
    /// Columns of the covering indexes: a count on them reads no row.
    covered: &'static [&'static str],
    /// Columns with an index on their order.
    ordered: &'static [&'static str],
    /// Columns of the index of names.
    named: &'static [&'static str],
    /// Columns that are never NULL: the values after a given one form a single range in either
    /// direction.
    pub(crate) never_null: &'static [&'static str],
    /// Leading columns of indexes, in which most values have few rows.
    selective: &'static [&'static str],
}

pub(crate) static TICKETS: Table = Table {
    name: "ticket",
    shown: "document, findings",
    date: Some("creation_date"),
    covered: &[
        "status",
        "zone",
        "creation_date",
        "last_update_date",
        "status_change_date",
        "resolution_date",
        "total_done",
    ],
    ordered: &["creation_date", "last_update_date", "status_change_date", "resolution_date"],
    named: &["name", "creation_date", "status", "zone"],
    never_null: &[
        "id",
        "code_oi",
        "code_oc",
        "type",
        "status",
        "ticket_type",
        "name",
        "creation_date",
        "last_update_date",
    ],
    selective: &["external_id", "name"],
};

pub(crate) static EVENTS: Table = Table {
    name: "event",
    shown: "document, NULL",
    date: None,
    covered: &["time", "type"],
    ordered: &["time"],
    named: &[],
    never_null: &["id", "type", "subject", "time"],
    selective: &["subject"],
};

/// Maximum number of rows that a quick query reads.
const MAX_QUICK: u64 = 2_000;
/// Maximum number of rows for which reading all of them beats searching in the requested order.
pub(crate) const MAX_CANDIDATES: u64 = 50_000;

/// Access path to the rows of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum AccessPath {
    /// The index that SQLite prefers.
    #[default]
    Any,
    /// A condition that leaves few rows; all of them are read, then sorted. Left to itself, SQLite
    /// may instead scan most of an index in the requested order to find them.
    Few,
    /// The index of names.
    Names,
}

impl AccessPath {
    /// Returns the access path for counting the rows of a plan, whose order is then irrelevant.
    pub(crate) fn to_count(self, plan: &Plan) -> Self {
        match self {
            Self::Names if !plan.terms.iter().any(is_about_names) => Self::Any,
            access_path => access_path,
        }
    }
}

/// Cost of a plan, as estimated without reading the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outline {
    /// Fully known.
    Known(Lane, AccessPath),
    /// Depends on the number of rows that meet one of the conditions that
    /// [may leave few](Table::may_leave_few).
    Depends,
}

impl Table {
    /// Estimates the cost of a plan without reading the table.
    pub(crate) fn outline(&self, plan: &Plan) -> Outline {
        if plan.terms.iter().any(is_by_id) {
            Outline::Known(Lane::Quick, AccessPath::Few)
        } else if plan.terms.iter().any(|term| self.may_leave_few(term)) {
            Outline::Depends
        } else {
            let (lane, access_path) = self.without_few(plan);
            Outline::Known(lane, access_path)
        }
    }

    /// Returns the lane and access path, given the number of rows that the most selective condition
    /// leaves. Any number above [`MAX_CANDIDATES`] means many.
    pub(crate) fn settled(&self, plan: &Plan, left: u64) -> (Lane, AccessPath) {
        match left {
            0..=MAX_QUICK => (Lane::Quick, AccessPath::Few),
            left if left <= MAX_CANDIDATES => (Lane::Scan, AccessPath::Few),
            _ => (Lane::Scan, self.without_few(plan).1),
        }
    }

    fn without_few(&self, plan: &Plan) -> (Lane, AccessPath) {
        let (about_names, by_name) =
            (plan.terms.iter().any(is_about_names), is_ordered_by(&plan.order, &["name"]));
        if self.is_named(plan) && (about_names || by_name) {
            // Regular expressions on names scan the whole index of names.
            return (if about_names { Lane::Scan } else { Lane::Quick }, AccessPath::Names);
        }
        let covered = plan.residual.is_empty()
            && plan.terms.iter().all(|term| is_on(term, self.covered))
            && (plan.order.is_empty() || is_ordered_by(&plan.order, self.ordered));
        (if covered { Lane::Quick } else { Lane::Scan }, AccessPath::Any)
    }

    /// Checks that an index finds the rows of a condition, which are usually few.
    pub(crate) fn may_leave_few(&self, term: &Term) -> bool {
        match term {
            Term::Always(_) => false,
            Term::OneOf { negated, .. } | Term::Pair { negated, .. } => !negated,
            Term::Column { column, test, negated } => {
                let looked_up = match test {
                    ColumnTest::Compare(Comparison::Equal, _) | ColumnTest::In(_) => true,
                    ColumnTest::Matches(pattern) => begins_with_text(pattern),
                    _ => false,
                };
                looked_up && !negated && self.selective.contains(&column.name)
            }
        }
    }

    /// Checks that the index of names contains everything that the plan needs.
    fn is_named(&self, plan: &Plan) -> bool {
        plan.residual.is_empty()
            && !self.named.is_empty()
            && plan.terms.iter().all(|term| is_on(term, self.named))
            && (plan.order.is_empty() || is_ordered_by(&plan.order, &["name", "creation_date"]))
    }
}

fn is_by_id(term: &Term) -> bool {
    let Term::Column { column, test, negated: false } = term else { return false };
    column.name == "id" && matches!(test, ColumnTest::Compare(Comparison::Equal, _) | ColumnTest::In(_))
}

/// Checks that the pattern starts with a literal text that an index can search.
fn begins_with_text(pattern: &Pattern) -> bool {
    pattern.literal_prefix().is_some()
}

fn is_about_names(term: &Term) -> bool {
    matches!(term, Term::Column { column, .. } if column.name == "name")
}

fn is_on(term: &Term, columns: &[&str]) -> bool {
    match term {
        Term::Always(_) => true,
        Term::Column { column, .. } => columns.contains(&column.name),
        Term::OneOf { .. } | Term::Pair { .. } => false,
    }
}

/// Checks that the order has a single key, one of these columns.
fn is_ordered_by(order: &[Order], columns: &[&str]) -> bool {
    matches!(order, [Order { by: OrderBy::Column(column), .. }] if columns.contains(&column.name))
}
