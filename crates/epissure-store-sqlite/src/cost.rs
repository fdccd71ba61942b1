//! Which queries an index answers, and which must go through the rows of a table one by one.
//!
//! The second kind has a thread of its own and waits its turn there, so that it never delays the first. Where that
//! depends on how many rows a value has, they are counted first, as far as it matters.

use epissure_filter::plan::{ColumnTest, Order, OrderBy, Plan, Term};
use epissure_filter::{Comparison, Pattern};

use crate::readers::Lane;

/// A table that is listed with the query language: what its indexes are good for. Each begins with an operator.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The columns that are shown.
    pub(crate) shown: &'static str,
    /// The column in whose order its rows come when none is asked for; otherwise as they came in.
    pub(crate) date: Option<&'static str>,
    /// Columns of the covering indexes: a count on them reads no row.
    covered: &'static [&'static str],
    /// Columns in whose order there is an index.
    ordered: &'static [&'static str],
    /// Columns of the index of names.
    named: &'static [&'static str],
    /// Columns that are never null: in them, what comes after a value is one range in either direction.
    pub(crate) never_null: &'static [&'static str],
    /// Columns that an index begins with, and of which one value mostly belongs to few rows.
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

/// The most rows that are looked at beside others' quick queries.
const MOST_QUICK: u64 = 2_000;
/// The most rows that are better looked at all than found again in the order asked for.
pub(crate) const MOST_FEW: u64 = 50_000;

/// How the rows are best found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Way {
    /// By whatever index SQLite finds best.
    #[default]
    Any,
    /// By a condition that leaves few rows, which are then looked at whatever their number and order. Left to
    /// itself, SQLite may walk an index in the order asked for instead, and go through most of it to find them.
    Few,
    /// Through the index of names.
    Names,
}

impl Way {
    /// The way to the number of rows of a plan, whose order does not matter.
    pub(crate) fn to_count(self, plan: &Plan) -> Self {
        match self {
            Self::Names if !plan.terms.iter().any(is_about_names) => Self::Any,
            way => way,
        }
    }
}

/// What is known of a plan's cost without looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outline {
    /// All of it.
    Known(Lane, Way),
    /// It depends on how many rows meet one of the conditions that [may leave few](Table::may_leave_few).
    Depends,
}

impl Table {
    /// What a plan will cost, as far as can be told without looking.
    pub(crate) fn outline(&self, plan: &Plan) -> Outline {
        if plan.terms.iter().any(is_by_id) {
            Outline::Known(Lane::Quick, Way::Few)
        } else if plan.terms.iter().any(|term| self.may_leave_few(term)) {
            Outline::Depends
        } else {
            let (lane, way) = self.without_few(plan);
            Outline::Known(lane, way)
        }
    }

    /// The lane and the way, once the conditions that may leave few rows have been found to leave this many, or more
    /// than [`MOST_FEW`].
    pub(crate) fn settled(&self, plan: &Plan, left: u64) -> (Lane, Way) {
        match left {
            0..=MOST_QUICK => (Lane::Quick, Way::Few),
            left if left <= MOST_FEW => (Lane::Scan, Way::Few),
            _ => (Lane::Scan, self.without_few(plan).1),
        }
    }

    fn without_few(&self, plan: &Plan) -> (Lane, Way) {
        let (about_names, by_name) =
            (plan.terms.iter().any(is_about_names), is_ordered_by(&plan.order, &["name"]));
        if self.is_named(plan) && (about_names || by_name) {
            // Expressions on names go through all of them.
            return (if about_names { Lane::Scan } else { Lane::Quick }, Way::Names);
        }
        let covered = plan.residual.is_empty()
            && plan.terms.iter().all(|term| is_on(term, self.covered))
            && (plan.order.is_empty() || is_ordered_by(&plan.order, self.ordered));
        (if covered { Lane::Quick } else { Lane::Scan }, Way::Any)
    }

    /// Whether an index finds the rows that meet a condition, mostly few.
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

    /// Whether the index of names has all that the plan needs.
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

/// Whether what matches begins with a text that an index can look for.
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

/// Whether the order is that of one of these columns.
fn is_ordered_by(order: &[Order], columns: &[&str]) -> bool {
    matches!(order, [Order { by: OrderBy::Column(column), .. }] if columns.contains(&column.name))
}
