//! Rendering of plans as SQL: the only module that builds SQL text. Values are always bound, never
//! inlined.

use std::borrow::Cow;

use epissure_filter::plan::{Column, ColumnTest, Holds, Order, OrderBy, Plan, Scalar, Term};
use epissure_filter::{Absent, Comparison, Operand, Predicate, Test, fold};
use epissure_protocol::names::OperatorCode;
use epissure_store::{KeyValue, Place, Start};
use jiff::Timestamp;

use crate::bound::Bound;
use crate::cost::{AccessPath, MAX_CANDIDATES};
use crate::tables::Table;
use crate::texts::{SHORTEST, TEXTS};

mod after;
mod patterns;

/// A statement's text, and its bindings in order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) bindings: Vec<Bound>,
}

impl Statement {
    fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), bindings: Vec::new() }
    }

    fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Writes a placeholder and binds its value.
    fn bind(&mut self, value: Bound) {
        self.bindings.push(value);
        let number = self.bindings.len();
        self.sql.push_str(&format!("${number}"));
    }

    fn list(&mut self, values: impl Iterator<Item = Bound>) {
        for (index, value) in values.enumerate() {
            self.push(if index == 0 { "" } else { ", " });
            self.bind(value);
        }
    }
}

/// A query on a table.
#[derive(Debug, Clone)]
pub(crate) struct ListQuery {
    pub(crate) table: &'static Table,
    /// Selected columns.
    pub(crate) shown: &'static str,
    /// Owner of the rows; `None` for all rows.
    pub(crate) whose: Option<Whose>,
    pub(crate) plan: Plan,
    /// Instant at which running durations are evaluated.
    pub(crate) now: Timestamp,
    /// True when the index of the texts in documents exists.
    pub(crate) by_text: bool,
}

/// Rows of one operator.
#[derive(Debug, Clone)]
pub(crate) struct Whose {
    pub(crate) column: &'static str,
    pub(crate) code: OperatorCode,
}

/// From this offset on, the page is first found in an index, so that skipped rows are not read.
const LATE_JOIN: u64 = 100;

impl ListQuery {
    /// Renders a page, with one extra row that shows if more follow. Columns are the selected ones,
    /// the row number, and the order keys.
    pub(crate) fn page(&self, access_path: AccessPath, start: &Start, limit: u32) -> Statement {
        let name = self.table.name;
        let offset = if let Start::Offset(offset) = start { *offset } else { 0 };
        let mut statement = Statement::default();
        if access_path == AccessPath::Few {
            // As a separate step, it is planned for its conditions alone and not for the order.
            statement.push("WITH found AS MATERIALIZED (SELECT seq");
            self.keys(&mut statement, |index| format!(" AS key_{index}"));
            statement.push(&format!(" FROM {name} WHERE "));
            self.conditions(&mut statement, start);
            statement.push(") ");
        }
        statement.push(&format!("SELECT {}, seq", self.shown));
        self.keys(&mut statement, |index| format!(" AS key_{index}"));
        statement.push(&format!(" FROM {name} WHERE "));
        let late = access_path == AccessPath::Few || offset >= LATE_JOIN;
        if late {
            statement.push("seq = ANY (ARRAY(SELECT seq FROM ");
            statement.push(if access_path == AccessPath::Few { "found" } else { name });
        }
        if access_path == AccessPath::Any {
            statement.push(if late { " WHERE " } else { "" });
            self.conditions(&mut statement, start);
        }
        if access_path == AccessPath::Few {
            self.order_by_keys(&mut statement);
        } else {
            self.order(&mut statement);
        }
        statement.push(" LIMIT ");
        statement.bind(Bound::Integer(i64::from(limit) + 1));
        if offset > 0 {
            statement.push(" OFFSET ");
            statement.bind(Bound::Integer(i64::try_from(offset).unwrap_or(i64::MAX)));
        }
        if late {
            statement.push("))");
            self.order(&mut statement);
        }
        statement
    }

    /// Renders the number of matching rows.
    pub(crate) fn count(&self) -> Statement {
        let mut statement = Statement::new(&format!("SELECT count(*) FROM {} WHERE ", self.table.name));
        self.condition(&mut statement);
        statement
    }

    /// Renders, for each condition that may leave few rows, its access path and a count of its
    /// rows, up to [`MAX_CANDIDATES`] plus one.
    pub(crate) fn left(&self) -> Vec<(AccessPath, Statement)> {
        let terms = self.plan.terms.iter().filter(|term| self.table.may_leave_few(term));
        let of_texts = self.is_by_text().then(|| {
            let mut statement = Statement::new("SELECT count(*) FROM (SELECT 1 FROM ");
            self.with_texts(&mut statement);
            up_to_few(&mut statement);
            (AccessPath::Texts, statement)
        });
        let of_terms = terms.map(|term| {
            let mut statement = Statement::new("SELECT count(*) FROM (SELECT 1 FROM ");
            match term {
                Term::OneOf { path, texts, .. } => values(&mut statement, *path, texts),
                term => {
                    statement.push(self.table.name);
                    statement.push(" WHERE ");
                    self.owner(&mut statement);
                    statement.push(" AND ");
                    self.term(&mut statement, term);
                }
            }
            up_to_few(&mut statement);
            (AccessPath::Few, statement)
        });
        of_terms.chain(of_texts).collect()
    }

    /// Renders the data needed to evaluate each candidate row in this program. This is its number,
    /// the columns of expressions, with `keys` the order keys that are columns, and with `document`
    /// the document.
    pub(crate) fn walk(
        &self,
        access_path: AccessPath,
        keys: bool,
        document: bool,
        checked: &[&str],
    ) -> Statement {
        let mut statement = Statement::new("SELECT seq");
        if keys {
            self.keys(&mut statement, |_| String::new());
        }
        for column in checked.iter().chain(document.then_some(&"document")) {
            statement.push(", ");
            statement.push(column);
        }
        statement.push(&format!(" FROM {} WHERE ", self.table.name));
        self.condition(&mut statement);
        if access_path == AccessPath::Texts {
            // Selected first and separately: in a combined condition, PostgreSQL may choose to read
            // each document.
            statement.push(" AND seq = ANY (ARRAY(SELECT seq FROM ");
            self.with_texts(&mut statement);
            statement.push("))");
            return statement;
        }
        for predicate in &self.plan.residual {
            if let Some(&[text]) = needles(predicate).as_deref() {
                statement.push(" AND strpos(document, ");
                statement.bind(Bound::Text(text.to_owned()));
                statement.push(") > 0");
            }
        }
        statement
    }

    /// Checks that the index of texts finds the candidate rows.
    pub(crate) fn is_by_text(&self) -> bool {
        self.by_text && self.plan.residual.iter().any(|predicate| sought(predicate).is_some())
    }

    /// Renders the rows, of any operator, whose documents contain all the texts that a match
    /// requires.
    fn with_texts(&self, statement: &mut Statement) {
        statement.push(self.table.name);
        for (index, texts) in self.plan.residual.iter().filter_map(sought).enumerate() {
            statement.push(if index == 0 { " WHERE " } else { " AND " });
            statement.push(TEXTS);
            statement.push("(document) && ARRAY[");
            for (index, text) in texts.into_iter().enumerate() {
                statement.push(if index == 0 { "hashtext(" } else { ", hashtext(" });
                statement.bind(Bound::Text(text.to_owned()));
                statement.push(")");
            }
            statement.push("]");
        }
    }

    /// Renders the rows with these numbers, in the given order.
    pub(crate) fn numbered(&self, numbers: Vec<i64>) -> Statement {
        let mut statement = Statement::new(&format!("SELECT {}, seq FROM unnest(", self.shown));
        statement.bind(Bound::Integers(numbers));
        statement
            .push(&format!(") WITH ORDINALITY AS place (seq, nth) JOIN {} USING (seq)", self.table.name));
        statement.push(" ORDER BY nth");
        statement
    }

    /// Returns the requested order, or the table's default.
    pub(crate) fn order_of(&self) -> Cow<'_, [Order]> {
        match self.table.date {
            Some(name) if self.plan.order.is_empty() => {
                let date = Column { name, holds: Holds::Instant };
                Cow::Owned(vec![Order { by: OrderBy::Column(date), descending: false }])
            }
            _ => Cow::Borrowed(&self.plan.order),
        }
    }

    /// Checks that rows with equal keys are sorted latest first.
    pub(crate) fn latest_first(&self) -> bool {
        self.table.mirrored && self.plan.order.last().is_some_and(|order| order.descending)
    }

    fn conditions(&self, statement: &mut Statement, start: &Start) {
        self.condition(statement);
        if let Start::After(place) = start {
            self.after(statement, place);
        }
    }

    fn owner(&self, statement: &mut Statement) {
        match &self.whose {
            None => statement.push("TRUE"),
            Some(Whose { column, code }) => {
                statement.push(column);
                statement.push(" = ");
                statement.bind(Bound::Text(code.as_str().to_owned()));
            }
        }
    }

    fn condition(&self, statement: &mut Statement) {
        self.owner(statement);
        for term in &self.plan.terms {
            statement.push(" AND ");
            self.term(statement, term);
        }
    }

    fn term(&self, statement: &mut Statement, term: &Term) {
        match term {
            Term::Always(truth) => statement.push(if *truth { "TRUE" } else { "FALSE" }),
            Term::OneOf { path, texts, negated } => {
                statement.push(if *negated { "seq NOT IN " } else { "seq IN " });
                statement.push("(SELECT seq FROM ");
                values(statement, *path, texts);
                statement.push(")");
            }
            Term::Pair { pair, key, test, negated } => self.pair(statement, *pair, key, test, *negated),
            Term::Column { column, test, negated: false } => self.test(statement, *column, test),
            // Tests evaluated in this program are omitted from the SQL.
            Term::Column { column, test, .. } if self.is_checked(*column, test) => statement.push("TRUE"),
            Term::Column { column, test, negated: true } => {
                // The test is NULL when the column is; its negation must then be true.
                statement.push("NOT coalesce(");
                self.plain_test(statement, *column, test);
                statement.push(", FALSE)");
            }
        }
    }

    /// Renders a test that must be true, by its index if it has one.
    fn test(&self, statement: &mut Statement, column: Column, test: &ColumnTest) {
        match (test, self.table.folded(column.name)) {
            (ColumnTest::Compare(Comparison::Equal, Scalar::Text(text)), Some(folded)) => {
                statement.push(folded.folded);
                statement.push(" = ");
                statement.bind(Bound::Text(fold(text)));
                statement.push(" AND ");
            }
            (ColumnTest::Glob(glob), Some(folded)) => self.trigrams(statement, folded.tag, glob),
            _ => {}
        }
        self.plain_test(statement, column, test);
    }

    fn plain_test(&self, statement: &mut Statement, column: Column, test: &ColumnTest) {
        match test {
            ColumnTest::Compare(comparison, scalar) => {
                self.value(statement, column);
                statement.push(match comparison {
                    Comparison::Equal => " = ",
                    Comparison::Greater => " > ",
                    Comparison::GreaterOrEqual => " >= ",
                    Comparison::Less => " < ",
                    Comparison::LessOrEqual => " <= ",
                });
                statement.bind(Bound::from(scalar));
            }
            ColumnTest::In(scalars) => {
                self.value(statement, column);
                statement.push(" IN (");
                statement.list(scalars.iter().map(Bound::from));
                statement.push(")");
            }
            ColumnTest::Present => {
                statement.push(column.name);
                statement.push(" IS NOT NULL");
            }
            ColumnTest::Matches(pattern) => match pattern.literal_prefix() {
                Some(prefix) => patterns::begins_with(statement, column.name, prefix),
                None => statement.push("TRUE"),
            },
            ColumnTest::Glob(glob) => match self.table.folded(column.name) {
                Some(folded) => patterns::glob(statement, folded.folded, glob),
                None => statement.push("TRUE"),
            },
        }
    }

    /// Renders a column's value as clients see it: durations run until now and are in whole
    /// seconds.
    fn value(&self, statement: &mut Statement, column: Column) {
        match column.holds {
            Holds::Text | Holds::Instant | Holds::Number | Holds::Flag => statement.push(column.name),
            Holds::Running { while_in: [] } => {
                statement.push(column.name);
                statement.push(" / 1000");
            }
            Holds::Running { while_in } => {
                statement.push("(");
                statement.push(column.name);
                statement.push(" + CASE WHEN status IN (");
                statement.list(while_in.iter().map(|status| Bound::Text((*status).to_owned())));
                statement.push(") THEN greatest(0, ");
                statement.bind(Bound::Integer(self.now.as_millisecond()));
                statement.push(" - entered) ELSE 0 END) / 1000");
            }
        }
    }

    /// Renders the order of the plan, then the order of insertion, so that pages never overlap.
    /// NULL comes lowest.
    fn order(&self, statement: &mut Statement) {
        statement.push(" ORDER BY ");
        for order in &*self.order_of() {
            if let OrderBy::Column(column) = order.by {
                self.value(statement, column);
                statement.push(direction(order));
            }
        }
        statement.push(if self.latest_first() { "seq DESC" } else { "seq" });
    }

    /// Renders the order by the keys already selected.
    fn order_by_keys(&self, statement: &mut Statement) {
        statement.push(" ORDER BY ");
        for (index, order) in self.order_of().iter().enumerate() {
            statement.push(&format!("key_{index}"));
            statement.push(direction(order));
        }
        statement.push(if self.latest_first() { "seq DESC" } else { "seq" });
    }

    /// Renders the order keys that are columns, as [`KeyValue`]s: texts or integers.
    fn keys(&self, statement: &mut Statement, name: impl Fn(usize) -> String) {
        for (index, order) in self.order_of().iter().enumerate() {
            let OrderBy::Column(column) = order.by else { continue };
            statement.push(", ");
            self.value(statement, column);
            statement.push(if column.holds == Holds::Flag { "::integer::bigint" } else { "" });
            statement.push(&name(index));
        }
    }
}

fn direction(order: &Order) -> &'static str {
    if order.descending { " DESC NULLS LAST, " } else { " NULLS FIRST, " }
}

/// Renders the rows of a multi-valued path that have one of these texts.
fn values(statement: &mut Statement, path: u16, texts: &[String]) {
    statement.push("multi_value WHERE path = ");
    statement.bind(Bound::Small(i16::try_from(path).unwrap_or(i16::MAX)));
    statement.push(" AND value IN (");
    statement.list(texts.iter().map(|text| Bound::Text(crate::bound::looked_up(text))));
    statement.push(")");
}

/// Limits the count of a selection to the number of rows that matters.
fn up_to_few(statement: &mut Statement) {
    statement.push(" LIMIT ");
    statement.bind(Bound::Integer(i64::try_from(MAX_CANDIDATES + 1).unwrap_or(i64::MAX)));
    statement.push(") AS those");
}

/// Returns the texts of which every matching document contains at least one, if JSON writes each
/// unescaped.
fn needles(predicate: &Predicate) -> Option<Vec<&str>> {
    if predicate.negated || predicate.field.absent != Absent::Missing {
        return None;
    }
    match &predicate.test {
        Test::Compare(Comparison::Equal, operand) => Some(vec![plain_text(operand)?]),
        Test::In(operands) => operands.iter().map(plain_text).collect(),
        _ => None,
    }
}

fn plain_text(operand: &Operand) -> Option<&str> {
    let Operand::Text(text) = operand else { return None };
    let plain = !text.is_empty() && !text.contains(|c: char| c < ' ' || c == '"' || c == '\\');
    plain.then_some(text)
}

/// Returns the same texts, if the index of texts has each of them.
fn sought(predicate: &Predicate) -> Option<Vec<&str>> {
    needles(predicate).filter(|texts| texts.iter().all(|text| text.len() >= SHORTEST))
}
