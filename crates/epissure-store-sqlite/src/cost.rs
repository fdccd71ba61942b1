//! Which queries an index answers, and which must go through the tickets one by one.
//!
//! The second kind has a thread of its own and waits its turn there, so that it never delays the first. Where that
//! depends on how many tickets a value has, they are counted first, as far as it matters.

use epissure_filter::plan::{ColumnTest, Order, OrderBy, Plan, Term};
use epissure_filter::{Comparison, Pattern};

use crate::readers::Lane;

/// Columns of the covering indexes that begin with an operator: a count on them reads no ticket.
const COVERED: &[&str] = &[
    "status",
    "zone",
    "creation_date",
    "last_update_date",
    "status_change_date",
    "resolution_date",
    "total_done",
];
/// The dates in whose order there is an index.
const ORDERED: &[&str] = &["creation_date", "last_update_date", "status_change_date", "resolution_date"];
/// Columns of the index of names.
const NAMED: &[&str] = &["name", "creation_date", "status", "zone"];
/// Columns that are never null: in them, what comes after a value is one range in either direction.
pub(crate) const NEVER_NULL: &[&str] = &[
    "id",
    "code_oi",
    "code_oc",
    "type",
    "status",
    "ticket_type",
    "name",
    "creation_date",
    "last_update_date",
];
/// Columns that an index begins with, and of which one value mostly belongs to few tickets.
const SELECTIVE: &[&str] = &["external_id", "name"];
/// The most tickets that are looked at beside others' quick queries.
const MOST_QUICK: u64 = 2_000;
/// The most tickets that are better looked at all than found again in the order asked for.
pub(crate) const MOST_FEW: u64 = 50_000;

/// How the tickets are best found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Way {
    /// By whatever index SQLite finds best.
    #[default]
    Any,
    /// By a condition that leaves few tickets, which are then looked at whatever their number and order. Left to
    /// itself, SQLite may walk an index in the order asked for instead, and go through most of it to find them.
    Few,
    /// Through the index of names.
    Names,
}

impl Way {
    /// The way to the number of tickets of a plan, whose order does not matter.
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
    /// It depends on how many tickets meet one of the conditions that [`may_leave_few`].
    Depends,
}

/// What a plan will cost, as far as can be told without looking.
pub(crate) fn outline(plan: &Plan) -> Outline {
    if plan.terms.iter().any(is_by_id) {
        Outline::Known(Lane::Quick, Way::Few)
    } else if plan.terms.iter().any(may_leave_few) {
        Outline::Depends
    } else {
        let (lane, way) = without_few(plan);
        Outline::Known(lane, way)
    }
}

/// The lane and the way, once the conditions that may leave few tickets have been found to leave this many, or more
/// than [`MOST_FEW`].
pub(crate) fn settled(plan: &Plan, left: u64) -> (Lane, Way) {
    match left {
        0..=MOST_QUICK => (Lane::Quick, Way::Few),
        left if left <= MOST_FEW => (Lane::Scan, Way::Few),
        _ => (Lane::Scan, without_few(plan).1),
    }
}

fn without_few(plan: &Plan) -> (Lane, Way) {
    let (about_names, by_name) =
        (plan.terms.iter().any(is_about_names), is_ordered_by(&plan.order, &["name"]));
    if is_named(plan) && (about_names || by_name) {
        // Expressions on names go through all of them.
        return (if about_names { Lane::Scan } else { Lane::Quick }, Way::Names);
    }
    let covered = plan.residual.is_empty()
        && plan.terms.iter().all(|term| is_on(term, COVERED))
        && (plan.order.is_empty() || is_ordered_by(&plan.order, ORDERED));
    (if covered { Lane::Quick } else { Lane::Scan }, Way::Any)
}

fn is_by_id(term: &Term) -> bool {
    let Term::Column { column, test, negated: false } = term else { return false };
    column.name == "id" && matches!(test, ColumnTest::Compare(Comparison::Equal, _) | ColumnTest::In(_))
}

/// Whether an index finds the tickets that meet a condition, mostly few.
pub(crate) fn may_leave_few(term: &Term) -> bool {
    match term {
        Term::Always(_) => false,
        Term::OneOf { negated, .. } | Term::Pair { negated, .. } => !negated,
        Term::Column { column, test, negated } => {
            let looked_up = match test {
                ColumnTest::Compare(Comparison::Equal, _) | ColumnTest::In(_) => true,
                ColumnTest::Matches(pattern) => begins_with_text(pattern),
                _ => false,
            };
            looked_up && !negated && SELECTIVE.contains(&column.name)
        }
    }
}

/// Whether what matches begins with a text that an index can look for.
fn begins_with_text(pattern: &Pattern) -> bool {
    pattern.literal_prefix().is_some()
}

/// Whether the index of names has all that the plan needs.
fn is_named(plan: &Plan) -> bool {
    plan.residual.is_empty()
        && plan.terms.iter().all(|term| is_on(term, NAMED))
        && (plan.order.is_empty() || is_ordered_by(&plan.order, &["name", "creation_date"]))
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
