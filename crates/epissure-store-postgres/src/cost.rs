//! Cost of queries: an index answers them, or the rows of a table must be scanned.
//!
//! Scans have permits and a queue of their own, so that they never delay other queries. The cost
//! may depend on the number of rows that have a value. These are then counted first, up to a limit,
//! because PostgreSQL's own estimates are too unreliable.

use epissure_filter::plan::{ColumnTest, Order, OrderBy, Plan, Term};
use epissure_filter::{Comparison, Place};

use crate::pool::Lane;
use crate::render::ListQuery;
use crate::tables::{Covered, Table};

/// Maximum number of rows that a quick query reads.
const MAX_QUICK: u64 = 2_000;
/// Maximum number of rows for which reading all of them beats searching in the requested order.
pub(crate) const MAX_CANDIDATES: u64 = 10_000;

/// Access path to the rows of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum AccessPath {
    /// The index that PostgreSQL prefers.
    #[default]
    Any,
    /// A condition that leaves few rows; all of them are read, then sorted. Left to itself,
    /// PostgreSQL may instead scan most of an index in the requested order to find them.
    Few,
    /// The index of texts, which leaves few rows; each is then evaluated in this program.
    Texts,
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

impl ListQuery {
    /// Estimates the cost without reading the table.
    pub(crate) fn outline(&self) -> Outline {
        let Self { table, plan, .. } = self;
        if plan.terms.iter().any(is_by_id) {
            Outline::Known(Lane::Quick, AccessPath::Few)
        } else if self.is_by_text() || plan.terms.iter().any(|term| table.may_leave_few(term)) {
            Outline::Depends
        } else {
            Outline::Known(table.without_few(plan), AccessPath::Any)
        }
    }
}

impl Table {
    /// Returns the lane and access path, given the most selective path and the number of rows that
    /// it leaves. Any number above [`MAX_CANDIDATES`] means many.
    pub(crate) fn settled(&self, plan: &Plan, left: u64, access_path: AccessPath) -> (Lane, AccessPath) {
        match left {
            0..=MAX_QUICK => (Lane::Quick, access_path),
            left if left <= MAX_CANDIDATES => (Lane::Scan, access_path),
            _ => (self.without_few(plan), AccessPath::Any),
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

    /// Checks that an index finds the rows of a condition, which are usually few.
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

/// Checks that an index answers a condition in combination with others.
fn is_on(term: &Term, columns: &[&str]) -> bool {
    match term {
        Term::Always(_) => true,
        Term::Column { column, test, .. } => {
            columns.contains(&column.name) && !matches!(test, ColumnTest::Matches(_) | ColumnTest::Glob(_))
        }
        Term::OneOf { .. } | Term::Pair { .. } => false,
    }
}

/// Checks that an index answers a condition when it is the only one.
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

/// Checks that the order has a single key, one of these columns.
fn is_ordered_by(order: &[Order], columns: &[&str]) -> bool {
    matches!(order, [Order { by: OrderBy::Column(column), .. }] if columns.contains(&column.name))
}
