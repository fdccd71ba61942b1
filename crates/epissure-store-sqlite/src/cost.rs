//! Which queries an index answers, and which must go through the tickets one by one.
//!
//! The second kind has a thread of its own and waits its turn there, so that it never delays the first.

use epissure_filter::Comparison;
use epissure_filter::plan::{ColumnTest, Order, OrderBy, Plan, Term};

/// Columns of the covering indexes: a count on them reads no ticket.
const COVERED: &[&str] = &["status", "zone", "creation_date", "resolution_date", "total_done"];
/// Columns of which one value belongs to few tickets.
const SELECTIVE: &[&str] = &["id", "external_id"];

/// Whether indexes answer the query by themselves, or leave few tickets to look at.
pub(crate) fn is_quick(plan: &Plan) -> bool {
    leaves_few(plan)
        || plan.residual.is_empty() && plan.terms.iter().all(is_covered) && is_in_index_order(&plan.order)
}

/// Whether some condition leaves few tickets, which are then best looked at whatever their number and order.
pub(crate) fn leaves_few(plan: &Plan) -> bool {
    plan.terms.iter().any(is_selective)
}

fn is_selective(term: &Term) -> bool {
    match term {
        Term::Always(truth) => !truth,
        Term::OneOf { negated, .. } | Term::Pair { negated, .. } => !negated,
        Term::Column { column, test, negated } => {
            let equality = matches!(test, ColumnTest::Compare(Comparison::Equal, _) | ColumnTest::In(_));
            equality && !negated && SELECTIVE.contains(&column.name)
        }
    }
}

fn is_covered(term: &Term) -> bool {
    match term {
        Term::Always(_) => true,
        Term::OneOf { .. } | Term::Pair { .. } => false,
        Term::Column { column, .. } => COVERED.contains(&column.name),
    }
}

fn is_in_index_order(order: &[Order]) -> bool {
    match order {
        [] => true,
        [Order { by: OrderBy::Column(column), .. }] => {
            ["creation_date", "resolution_date"].contains(&column.name)
        }
        _ => false,
    }
}
