//! Which queries an index answers, and which must go through the tickets one by one.
//!
//! The second kind has a thread of its own and waits its turn there, so that it never delays the first.

use epissure_filter::plan::{ColumnTest, Order, OrderBy, Plan, Term};
use epissure_filter::{Comparison, Pattern};

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
/// Columns of which one value belongs to few tickets.
const SELECTIVE: &[&str] = &["id", "external_id", "name"];
/// The shortest beginning of a text that few texts share.
const TELLING_PREFIX: usize = 3;

/// How the tickets are best found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By whatever index SQLite finds best.
    Any,
    /// By a condition that leaves few tickets, which are then looked at whatever their number and order. Left to
    /// itself, SQLite may walk an index in the order asked for instead, and go through most of it to find them.
    Few,
    /// Through the index of names.
    Names,
}

/// Chooses the way to the tickets of a plan.
pub(crate) fn way(plan: &Plan) -> Way {
    match way_to_count(plan) {
        Way::Any if is_named(plan) && !plan.order.is_empty() && is_in_order_of(&plan.order, &["name"]) => {
            Way::Names
        }
        way => way,
    }
}

/// Chooses the way to the number of tickets of a plan, whose order does not matter.
pub(crate) fn way_to_count(plan: &Plan) -> Way {
    if plan.terms.iter().any(is_selective) {
        Way::Few
    } else if is_named(plan) && plan.terms.iter().any(|term| is_on(term, &["name"])) {
        Way::Names
    } else {
        Way::Any
    }
}

/// Whether indexes answer the query by themselves, or leave few tickets to look at.
pub(crate) fn is_quick(plan: &Plan) -> bool {
    match way(plan) {
        Way::Few => true,
        Way::Names => plan.terms.iter().all(|term| match term {
            Term::Column { column, test: ColumnTest::Matches(pattern), negated } if column.name == "name" => {
                !negated && begins_tellingly(pattern)
            }
            _ => true,
        }),
        Way::Any => {
            let dates = ["creation_date", "last_update_date", "status_change_date", "resolution_date"];
            plan.residual.is_empty()
                && plan.terms.iter().all(|term| is_on(term, COVERED))
                && is_in_order_of(&plan.order, &dates)
        }
    }
}

fn is_selective(term: &Term) -> bool {
    match term {
        Term::Always(truth) => !truth,
        Term::OneOf { negated, .. } | Term::Pair { negated, .. } => !negated,
        Term::Column { negated: true, .. } => false,
        Term::Column { column, test, .. } if SELECTIVE.contains(&column.name) => match test {
            ColumnTest::Compare(comparison, _) => *comparison == Comparison::Equal,
            ColumnTest::In(_) => true,
            // Names often begin alike; their index has all that the page needs.
            ColumnTest::Matches(pattern) => column.name != "name" && begins_tellingly(pattern),
            _ => false,
        },
        _ => false,
    }
}

/// Whether what matches begins with a text that an index can look for, and that few texts share.
fn begins_tellingly(pattern: &Pattern) -> bool {
    pattern.literal_prefix().is_some_and(|prefix| prefix.len() >= TELLING_PREFIX)
}

/// Whether the index of names has all that the plan needs.
fn is_named(plan: &Plan) -> bool {
    plan.residual.is_empty()
        && plan.terms.iter().all(|term| is_on(term, NAMED))
        && is_in_order_of(&plan.order, &["name", "creation_date"])
}

fn is_on(term: &Term, columns: &[&str]) -> bool {
    match term {
        Term::Always(_) => true,
        Term::Column { column, .. } => columns.contains(&column.name),
        _ => false,
    }
}

/// Whether the order is that of one of these columns, or none in particular.
fn is_in_order_of(order: &[Order], columns: &[&str]) -> bool {
    match order {
        [] => true,
        [Order { by: OrderBy::Column(column), .. }] => columns.contains(&column.name),
        _ => false,
    }
}
