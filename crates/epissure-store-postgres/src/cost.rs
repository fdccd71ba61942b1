//! Which queries an index answers, and which must go through the rows of a table one by one.
//!
//! The second kind has its own places and waits its turn there, so that it never delays the first. Where that depends
//! on how many rows a value has, they are counted first, as far as it matters: PostgreSQL's own estimates are not
//! trusted with it.

use epissure_filter::plan::{ColumnTest, Order, OrderBy, Plan, Term};
use epissure_filter::{Comparison, Place};

use crate::pool::Lane;
use crate::render::Asked;
use crate::tables::{Covered, Table};

/// The most rows that are looked at beside others' quick queries.
const MOST_QUICK: u64 = 2_000;
/// The most rows that are better looked at all than found again in the order asked for.
pub(crate) const MOST_FEW: u64 = 10_000;

/// How the rows are best found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Way {
    /// By whatever index PostgreSQL finds best.
    #[default]
    Any,
    /// By a condition that leaves few rows, which are all looked at before they are put in order. Left to itself,
    /// PostgreSQL may walk an index in the order asked for instead, and go through most of it to find them.
    Few,
    /// By the index of texts, which leaves few rows, each looked at here.
    Texts,
}

/// What is known of a plan's cost without looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outline {
    /// All of it.
    Known(Lane, Way),
    /// It depends on how many rows meet one of the conditions that [may leave few](Table::may_leave_few).
    Depends,
}

impl Asked {
    /// What it will cost, as far as can be told without looking.
    pub(crate) fn outline(&self) -> Outline {
        let Self { table, plan, .. } = self;
        if plan.terms.iter().any(is_by_id) {
            Outline::Known(Lane::Quick, Way::Few)
        } else if self.is_by_text() || plan.terms.iter().any(|term| table.may_leave_few(term)) {
            Outline::Depends
        } else {
            Outline::Known(table.without_few(plan), Way::Any)
        }
    }
}

impl Table {
    /// The lane and the way, once a way has been found to leave this many rows, or more than [`MOST_FEW`].
    pub(crate) fn settled(&self, plan: &Plan, left: u64, way: Way) -> (Lane, Way) {
        match left {
            0..=MOST_QUICK => (Lane::Quick, way),
            left if left <= MOST_FEW => (Lane::Scan, way),
            _ => (self.without_few(plan), Way::Any),
        }
    }

    fn without_few(&self, plan: &Plan) -> Lane {
        let covered = plan.residual.is_empty()
            && match self.covered {
                Covered::Together(columns) => plan.terms.iter().all(|term| is_on(term, columns)),
                Covered::Alone(columns) => {
                    plan.terms.len() <= 1 && plan.terms.iter().all(|term| is_alone_on(term, columns))
                }
            };
        let in_order = plan.order.is_empty() || is_ordered_by(&plan.order, self.ordered);
        if covered && in_order { Lane::Quick } else { Lane::Scan }
    }

    /// Whether an index finds the rows that meet a condition, mostly few.
    pub(crate) fn may_leave_few(&self, term: &Term) -> bool {
        match term {
            Term::Always(_) => false,
            Term::OneOf { negated, .. } => !negated,
            Term::Pair { pair, test, negated, .. } => {
                let parts = self.pair(*pair).is_some_and(|table| table.tag.is_some());
                !negated
                    && match test {
                        ColumnTest::Compare(Comparison::Equal, _) => true,
                        ColumnTest::Glob(glob) => parts && has_trigram(glob.folded()),
                        _ => false,
                    }
            }
            Term::Column { column, test, negated } => {
                let looked_up = match test {
                    ColumnTest::Compare(Comparison::Equal, _) | ColumnTest::In(_) => true,
                    ColumnTest::Matches(pattern) => pattern.literal_prefix().is_some(),
                    ColumnTest::Glob(glob) if self.folded(column.name).is_some() => {
                        glob.place() == Place::Start || has_trigram(glob.folded())
                    }
                    _ => false,
                };
                looked_up && !negated && self.selective.contains(&column.name)
            }
        }
    }
}

fn has_trigram(text: &str) -> bool {
    text.chars().count() >= 3
}

fn is_by_id(term: &Term) -> bool {
    let Term::Column { column, test, negated: false } = term else { return false };
    column.name == "id" && matches!(test, ColumnTest::Compare(Comparison::Equal, _) | ColumnTest::In(_))
}

/// A condition that an index answers among others.
fn is_on(term: &Term, columns: &[&str]) -> bool {
    match term {
        Term::Always(_) => true,
        Term::Column { column, test, .. } => {
            columns.contains(&column.name) && !matches!(test, ColumnTest::Matches(_) | ColumnTest::Glob(_))
        }
        Term::OneOf { .. } | Term::Pair { .. } => false,
    }
}

/// A condition that an index answers when there is no other.
fn is_alone_on(term: &Term, columns: &[&str]) -> bool {
    match term {
        Term::Column { column, test, negated: false } => match test {
            ColumnTest::Compare(Comparison::Equal, _) => columns.contains(&column.name),
            ColumnTest::Glob(glob) => glob.place() == Place::Start && columns.contains(&column.name),
            _ => false,
        },
        Term::Pair { test, negated: false, .. } => matches!(test, ColumnTest::Compare(Comparison::Equal, _)),
        _ => false,
    }
}

/// Whether the order is that of one of these columns.
fn is_ordered_by(order: &[Order], columns: &[&str]) -> bool {
    matches!(order, [Order { by: OrderBy::Column(column), .. }] if columns.contains(&column.name))
}
