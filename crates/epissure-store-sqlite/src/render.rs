//! Rendering of plans as SQL: the only module that builds SQL text. Values are always bound, never
//! inlined.

use std::borrow::Cow;

use epissure_filter::Comparison;
use epissure_filter::plan::{Column, ColumnTest, Holds, Order, OrderBy, Plan, Scalar, Term};
use epissure_store::{KeyValue, Place, Start, Viewer};
use jiff::Timestamp;
use rusqlite::types::Value;

use crate::cost::{AccessPath, MAX_CANDIDATES, Table};
use crate::functions::{Parts, sort_key};

pub(crate) mod party;
mod party_drivers;
pub(crate) mod party_tables;
mod side_tables;

use side_tables::{PairTable, SideTables};

/// A statement's text, its bindings in order, and the plan parts that its functions refer to.
#[derive(Debug, Default)]
pub(crate) struct Statement {
    pub(crate) side_tables: SideTables,
    pub(crate) sql: String,
    pub(crate) bindings: Vec<Value>,
    pub(crate) parts: Parts,
    access_path: AccessPath,
}

/// A query on a table, with its access path.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) table: &'static Table,
    pub(crate) viewer: &'a Viewer,
    pub(crate) plan: &'a Plan,
    pub(crate) now: Timestamp,
    pub(crate) access_path: AccessPath,
}

/// From this offset on, the page is first found in an index, so that skipped rows are not read.
const LATE_JOIN: u64 = 100;

/// Renders a page, with one extra row that shows if more follow.
pub(crate) fn page(question: Question<'_>, start: &Start, limit: u32) -> Statement {
    let Question { table, viewer, plan, now, access_path } = question;
    let Table { name, shown, .. } = table;
    let mut statement = Statement::new(access_path, &format!("SELECT {shown}, seq FROM {name} WHERE "));
    let offset = if let Start::Offset(offset) = start { *offset } else { 0 };
    let late = plan.residual.is_empty() && (offset >= LATE_JOIN || access_path == AccessPath::Names);
    if late {
        statement.sql.push_str("seq IN (SELECT seq FROM ");
        statement.sql.push_str(name);
        statement.sql.push_str(" WHERE ");
    }
    statement.condition(viewer, plan, now);
    if let Start::After(place) = start {
        statement.after(table, plan, now, place);
    }
    statement.order(table, plan, now);
    statement.sql.push_str(" LIMIT ?");
    statement.bind(Value::Integer(i64::from(limit) + 1));
    if offset > 0 {
        statement.sql.push_str(" OFFSET ?");
        statement.bind(Value::Integer(i64::try_from(offset).unwrap_or(i64::MAX)));
    }
    if late {
        statement.sql.push(')');
        statement.order(table, plan, now);
    }
    statement
}

/// Renders the order keys of one row; `None` when the order has no key but the row number.
pub(crate) fn keys(question: Question<'_>, seq: i64) -> Option<Statement> {
    let Question { table, plan, now, .. } = question;
    let mut statement = Statement::new(AccessPath::Any, "SELECT ");
    for (index, order) in order_of(table, plan).iter().enumerate() {
        statement.sql.push_str(if index == 0 { "" } else { ", " });
        statement.key(order, now);
    }
    statement.sql.push_str(" FROM ");
    statement.sql.push_str(table.name);
    statement.sql.push_str(" WHERE seq = ?");
    statement.bind(Value::Integer(seq));
    (!order_of(table, plan).is_empty()).then_some(statement)
}

/// Returns the requested order, or the table's default.
fn order_of<'a>(table: &Table, plan: &'a Plan) -> Cow<'a, [Order]> {
    match table.date {
        Some(name) if plan.order.is_empty() => {
            let date = Column { name, holds: Holds::Instant };
            Cow::Owned(vec![Order { by: OrderBy::Column(date), descending: false }])
        }
        _ => Cow::Borrowed(&plan.order),
    }
}

/// Checks that rows with equal keys are sorted latest first.
fn latest_first(plan: &Plan) -> bool {
    plan.order.last().is_some_and(|order| order.descending)
}

/// Renders the number of matching rows.
pub(crate) fn count(question: Question<'_>) -> Statement {
    let Question { table, viewer, plan, now, access_path } = question;
    let mut statement =
        Statement::new(access_path.to_count(plan), &format!("SELECT count(*) FROM {} WHERE ", table.name));
    statement.condition(viewer, plan, now);
    statement
}

/// Renders, for each condition that may leave few rows, a count of them, up to [`MAX_CANDIDATES`]
/// plus one.
pub(crate) fn left(table: &Table, plan: &Plan, now: Timestamp) -> Vec<Statement> {
    let terms = plan.terms.iter().filter(|term| table.may_leave_few(term));
    terms
        .map(|term| {
            let mut statement = Statement::new(AccessPath::Few, "SELECT count(*) FROM (SELECT 1 FROM ");
            if let Term::OneOf { path, texts, .. } = term {
                statement.values(*path, texts);
            } else {
                statement.sql.push_str(table.name);
                statement.sql.push_str(" WHERE ");
                match term {
                    Term::Column { column, test: ColumnTest::Matches(pattern), .. } => {
                        statement.begins_with(*column, pattern.literal_prefix().unwrap_or_default());
                    }
                    term => statement.term(term, now),
                }
            }
            statement.sql.push_str(" LIMIT ?)");
            statement.bind(Value::Integer(i64::try_from(MAX_CANDIDATES + 1).unwrap_or(i64::MAX)));
            statement
        })
        .collect()
}

impl Statement {
    fn new(access_path: AccessPath, sql: &str) -> Self {
        Self { sql: sql.to_owned(), access_path, ..Self::default() }
    }

    fn bind(&mut self, value: Value) {
        self.bindings.push(value);
    }

    fn condition(&mut self, viewer: &Viewer, plan: &Plan, now: Timestamp) {
        let (column, code) = match viewer {
            Viewer::Oi(code) => ("code_oi", code),
            Viewer::Oc(code) => ("code_oc", code),
        };
        self.sql.push_str(if self.access_path == AccessPath::Any { "" } else { "+" });
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
                self.sql.push_str("(SELECT seq FROM ");
                self.values(*path, texts);
                self.sql.push(')');
            }
            Term::Pair { pair, key, test, negated } => self.pair(*pair, key, test, *negated, now),
            Term::Column { column, test, negated: false } => self.test(*column, test, now),
            Term::Column { column, test, negated: true } => {
                // The test is NULL when the column is; its negation must then be true.
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
                if let Some(prefix) = pattern.literal_prefix() {
                    self.begins_with(column, prefix);
                    self.sql.push_str(" AND ");
                }
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

    /// Renders the rows of a multi-valued path that have one of these texts.
    fn values(&mut self, path: u16, texts: &[String]) {
        self.sql.push_str("multi_value WHERE path = ? AND value IN (");
        self.bind(Value::Integer(path.into()));
        self.list(texts.iter().map(|text| Value::Text(text.clone())));
        self.sql.push(')');
    }

    /// Renders the range of the texts that begin with a prefix.
    fn begins_with(&mut self, column: Column, prefix: &str) {
        self.sql.push_str(column.name);
        self.sql.push_str(" >= ?");
        self.bind(Value::Text(prefix.to_owned()));
        if let Some(end) = end_of(prefix) {
            self.sql.push_str(" AND ");
            self.sql.push_str(column.name);
            self.sql.push_str(" < ?");
            self.bind(Value::Text(end));
        }
    }

    /// Renders a column's value as clients see it: durations run until now and are in whole
    /// seconds.
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

    /// Renders the order of the plan, then the order of insertion, so that pages never overlap. The
    /// latter has the direction of the last key, so that one index scan serves both.
    fn order(&mut self, table: &Table, plan: &Plan, now: Timestamp) {
        self.sql.push_str(" ORDER BY ");
        for order in &*order_of(table, plan) {
            if let OrderBy::Column(column) = order.by {
                self.away_from_index(column);
            }
            self.key(order, now);
            self.sql.push_str(if order.descending { " DESC, " } else { ", " });
        }
        self.sql.push_str(if latest_first(plan) { "seq DESC" } else { "seq" });
    }

    /// Excludes an index that SQLite would prefer to the chosen access path. A `+` before a column
    /// makes its index unusable and has no other effect.
    fn away_from_index(&mut self, column: Column) {
        let kept = match self.access_path {
            AccessPath::Any => true,
            AccessPath::Names => column.name == "name",
            AccessPath::Few => false,
        };
        self.sql.push_str(if kept { "" } else { "+" });
    }

    /// Renders the value of one order key.
    fn key(&mut self, order: &Order, now: Timestamp) {
        match &order.by {
            OrderBy::Column(column) => self.value(*column, now),
            OrderBy::Document(field) => {
                let place = self.parts.keys.len();
                self.sql.push_str("sort_value(?, document)");
                self.bind(Value::Integer(i64::try_from(place).unwrap_or(i64::MAX)));
                self.parts.keys.push(sort_key(field, order.descending));
            }
        }
    }

    /// Renders the condition for rows after a place. Only the first key gives the index its range.
    /// A `+` excludes the other keys from index use; they order rows with equal first keys.
    fn after(&mut self, table: &Table, plan: &Plan, now: Timestamp, place: &Place) {
        let order = order_of(table, plan);
        if let Some((Order { by: OrderBy::Column(column), descending }, value)) =
            order.first().zip(place.keys.first())
            && *value != KeyValue::Null
            && (!descending || table.never_null.contains(&column.name))
        {
            self.sql.push_str(" AND ");
            self.away_from_index(*column);
            self.value(*column, now);
            self.sql.push_str(if *descending { " <= ?" } else { " >= ?" });
            self.bind(key_value(value));
        }
        self.sql.push_str(" AND ");
        for (order, value) in order.iter().zip(&place.keys) {
            self.sql.push('(');
            self.beyond(order, value, now);
            self.sql.push_str(" OR +");
            self.key(order, now);
            self.sql.push_str(" IS ? AND ");
            self.bind(key_value(value));
        }
        // Without any key, the row numbers are the index range.
        self.sql.push_str(if order.is_empty() { "seq" } else { "+seq" });
        self.sql.push_str(if latest_first(plan) { " < ?" } else { " > ?" });
        self.bind(Value::Integer(place.seq));
        self.sql.extend(std::iter::repeat_n(')', place.keys.len().min(order.len())));
    }

    /// Renders the test that a key comes strictly after a value. NULL comes first, or last in
    /// descending order.
    fn beyond(&mut self, order: &Order, value: &KeyValue, now: Timestamp) {
        match (value, order.descending) {
            (KeyValue::Null, false) => {
                self.key(order, now);
                self.sql.push_str(" IS NOT NULL");
            }
            (KeyValue::Null, true) => self.sql.push_str("FALSE"),
            (value, false) => {
                self.sql.push('+');
                self.key(order, now);
                self.sql.push_str(" > ?");
                self.bind(key_value(value));
            }
            (value, true) => {
                self.sql.push_str("coalesce(");
                self.key(order, now);
                self.sql.push_str(" < ?, TRUE)");
                self.bind(key_value(value));
            }
        }
    }
}

/// Returns the first text after all those that begin with a prefix: its last character is replaced
/// by the next one.
fn end_of(prefix: &str) -> Option<String> {
    let mut end: Vec<char> = prefix.chars().collect();
    while let Some(last) = end.pop() {
        if let Some(next) = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32) {
            end.push(next);
            return Some(end.into_iter().collect());
        }
    }
    None
}

fn key_value(value: &KeyValue) -> Value {
    match value {
        KeyValue::Null => Value::Null,
        KeyValue::Integer(whole) => Value::Integer(*whole),
        KeyValue::Text(text) => Value::Text(text.clone()),
        KeyValue::Bytes(bytes) => Value::Blob(bytes.clone()),
    }
}

fn bound(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Text(text) => Value::Text(text.clone()),
        Scalar::Millisecond(millisecond) => Value::Integer(*millisecond),
        Scalar::Flag(flag) => Value::Integer((*flag).into()),
        Scalar::Whole(whole) => Value::Integer(*whole),
    }
}
