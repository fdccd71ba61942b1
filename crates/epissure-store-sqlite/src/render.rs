//! Plans as SQL: the only place where SQL text is put together. Values are always bound, never written in.

use epissure_filter::plan::{Column, ColumnTest, Holds, OrderBy, Plan, Scalar, Term};
use epissure_filter::{Comparison, Field};
use epissure_store::Viewer;
use jiff::Timestamp;
use rusqlite::types::Value;

use crate::cost::leaves_few;
use crate::functions::{Parts, sort_key};

mod beside;
pub(crate) mod party;

pub(crate) use beside::{Beside, PairTable};

/// A statement's text, its bindings in order, and what its functions refer to.
#[derive(Debug, Default)]
pub(crate) struct Statement {
    pub(crate) beside: Beside,
    pub(crate) sql: String,
    pub(crate) bindings: Vec<Value>,
    pub(crate) parts: Parts,
}

/// From this offset on, the tickets skipped are not read: the page is found in an index first.
const LATE_JOIN: u64 = 100;

/// The tickets of a page.
pub(crate) fn page(viewer: &Viewer, plan: &Plan, now: Timestamp, offset: u64, limit: u32) -> Statement {
    let mut statement =
        Statement { sql: "SELECT document, findings FROM ticket WHERE ".into(), ..Statement::default() };
    let late = offset >= LATE_JOIN && plan.residual.is_empty();
    if late {
        statement.sql.push_str("seq IN (SELECT seq FROM ticket WHERE ");
    }
    statement.condition(viewer, plan, now);
    statement.order(plan, now);
    statement.sql.push_str(" LIMIT ? OFFSET ?");
    statement.bind(Value::Integer(limit.into()));
    statement.bind(Value::Integer(i64::try_from(offset).unwrap_or(i64::MAX)));
    if late {
        statement.sql.push(')');
        statement.order(plan, now);
    }
    statement
}

/// How many tickets match.
pub(crate) fn count(viewer: &Viewer, plan: &Plan, now: Timestamp) -> Statement {
    let mut statement =
        Statement { sql: "SELECT count(*) FROM ticket WHERE ".into(), ..Statement::default() };
    statement.condition(viewer, plan, now);
    statement
}

impl Statement {
    fn bind(&mut self, value: Value) {
        self.bindings.push(value);
    }

    fn condition(&mut self, viewer: &Viewer, plan: &Plan, now: Timestamp) {
        let (column, code) = match viewer {
            Viewer::Oi(code) => ("code_oi", code),
            Viewer::Oc(code) => ("code_oc", code),
        };
        self.sql.push_str(away_from_index(plan));
        self.sql.push_str(column);
        self.sql.push_str(" = ?");
        self.bind(Value::Text(code.as_str().to_owned()));
        for term in &plan.terms {
            self.sql.push_str(" AND ");
            self.term(term, now);
        }
        if !plan.residual.is_empty() {
            self.sql.push_str(" AND document_matches(document)");
            self.parts.predicates.clone_from(&plan.residual);
        }
    }

    fn term(&mut self, term: &Term, now: Timestamp) {
        match term {
            Term::Always(truth) => self.sql.push_str(if *truth { "TRUE" } else { "FALSE" }),
            Term::OneOf { path, texts, negated } => {
                self.sql.push_str(if *negated { "seq NOT IN " } else { "seq IN " });
                self.sql.push_str("(SELECT seq FROM multi_value WHERE path = ? AND value IN (");
                self.bind(Value::Integer((*path).into()));
                self.list(texts.iter().map(|text| Value::Text(text.clone())));
                self.sql.push_str("))");
            }
            Term::Pair { pair, key, test, negated } => self.pair(*pair, key, test, *negated, now),
            Term::Column { column, test, negated: false } => self.test(*column, test, now),
            Term::Column { column, test, negated: true } => {
                // Where the column is null the test is null; its negation must be true.
                self.sql.push_str("NOT coalesce(");
                self.test(*column, test, now);
                self.sql.push_str(", FALSE)");
            }
        }
    }

    fn test(&mut self, column: Column, test: &ColumnTest, now: Timestamp) {
        match test {
            ColumnTest::Compare(comparison, scalar) => {
                self.value(column, now);
                self.sql.push_str(match comparison {
                    Comparison::Equal => " = ?",
                    Comparison::Greater => " > ?",
                    Comparison::GreaterOrEqual => " >= ?",
                    Comparison::Less => " < ?",
                    Comparison::LessOrEqual => " <= ?",
                });
                self.bind(bound(scalar));
            }
            ColumnTest::In(scalars) => {
                self.value(column, now);
                self.sql.push_str(" IN (");
                self.list(scalars.iter().map(bound));
                self.sql.push(')');
            }
            ColumnTest::Present => {
                self.sql.push_str(column.name);
                self.sql.push_str(" IS NOT NULL");
            }
            ColumnTest::Matches(pattern) => {
                let place = self.parts.patterns.len();
                self.sql.push_str("pattern_matches(?, ");
                self.sql.push_str(column.name);
                self.sql.push(')');
                self.bind(Value::Integer(i64::try_from(place).unwrap_or(i64::MAX)));
                self.parts.patterns.push(pattern.clone());
            }
            ColumnTest::Glob(glob) => self.glob(column, glob),
        }
    }

    /// A column's value as the reader sees it: durations run to now and are shown in whole seconds.
    fn value(&mut self, column: Column, now: Timestamp) {
        match column.holds {
            Holds::Text | Holds::Instant | Holds::Number | Holds::Flag => self.sql.push_str(column.name),
            Holds::Running { while_in: [] } => {
                self.sql.push_str(column.name);
                self.sql.push_str(" / 1000");
            }
            Holds::Running { while_in } => {
                self.sql.push('(');
                self.sql.push_str(column.name);
                self.sql.push_str(" + CASE WHEN status IN (");
                self.list(while_in.iter().map(|status| Value::Text((*status).to_owned())));
                self.sql.push_str(") THEN max(0, ? - entered) ELSE 0 END) / 1000");
                self.bind(Value::Integer(now.as_millisecond()));
            }
        }
    }

    fn list(&mut self, values: impl Iterator<Item = Value>) {
        for (index, value) in values.enumerate() {
            self.sql.push_str(if index == 0 { "?" } else { ", ?" });
            self.bind(value);
        }
    }

    /// The order asked for, or that of their dates, which the indexes have; then the order in which tickets came in, so
    /// that pages never overlap.
    fn order(&mut self, plan: &Plan, now: Timestamp) {
        self.sql.push_str(" ORDER BY ");
        if plan.order.is_empty() {
            self.sql.push_str(away_from_index(plan));
            self.sql.push_str("creation_date, ");
        }
        for order in &plan.order {
            match &order.by {
                OrderBy::Column(column) => {
                    self.sql.push_str(away_from_index(plan));
                    self.value(*column, now);
                }
                OrderBy::Document(field) => self.document_key(field, order.descending),
            }
            self.sql.push_str(if order.descending { " DESC, " } else { ", " });
        }
        self.sql.push_str("seq");
    }

    /// What places a document by a field that no column has.
    fn document_key(&mut self, field: &Field, descending: bool) {
        let place = self.parts.keys.len();
        self.sql.push_str("sort_value(?, document)");
        self.bind(Value::Integer(i64::try_from(place).unwrap_or(i64::MAX)));
        self.parts.keys.push(sort_key(field, descending));
    }
}

/// Keeps SQLite from walking an index in the order asked for when few tickets are left: it would go through most of
/// it to find them. A `+` before a column takes it out of the choice of an index, and changes nothing else.
fn away_from_index(plan: &Plan) -> &'static str {
    if leaves_few(plan) { "+" } else { "" }
}

fn bound(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Text(text) => Value::Text(text.clone()),
        Scalar::Millisecond(millisecond) => Value::Integer(*millisecond),
        Scalar::Flag(flag) => Value::Integer((*flag).into()),
        Scalar::Number(number) => match number.as_i64() {
            Some(whole) => Value::Integer(whole),
            None => Value::Real(number.as_f64().unwrap_or(f64::NAN)),
        },
    }
}
