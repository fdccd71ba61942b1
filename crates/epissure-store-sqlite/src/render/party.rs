//! Rendering of party searches as SQL.
//!
//! One condition drives each search: the one that leaves the fewest rows. It is chosen by rules
//! instead of statistics, and the statement names its index. The other conditions are tested row by
//! row.

use epissure_filter::plan::{OrderBy, Plan, Term};
use epissure_protocol::names::OperatorCode;
use jiff::Timestamp;
use rusqlite::types::Value;

use super::Statement;
use super::party_drivers::{Driver, Leaves};
use super::party_tables::{OWN_NUMBER, PartyTable};
use crate::readers::Lane;

/// No column of a party depends on time.
const ANY_TIME: Timestamp = Timestamp::UNIX_EPOCH;

/// A search: its table, operator and plan.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(crate) table: &'static PartyTable,
    /// Operator of the individuals; `None` for organizations.
    pub(crate) operator: Option<&'a OperatorCode>,
    pub(crate) plan: &'a Plan,
}

impl<'a> Search<'a> {
    /// Renders a page of parties.
    pub(crate) fn page(&self, offset: u64, limit: u32, with_contact_medium: bool) -> Statement {
        let mut statement = self.statement();
        statement.sql.push_str("SELECT ");
        statement.sql.push_str(if with_contact_medium {
            self.table.with_contact_medium
        } else {
            self.table.without_contact_medium
        });
        statement.sql.push_str(" FROM ");
        statement.sql.push_str(self.table.name);
        // The page is found first, so that skipped or tested rows are not read in full.
        statement.sql.push_str(" AS party WHERE seq IN (SELECT ");
        let (term, driver) = self.page_driver();
        let said = term.filter(|_| driver.says_all());
        let source = self.source(driver, self.tries_rows(said) || !self.plan.order.is_empty());
        statement.sql.push_str(source.number);
        self.rows(&mut statement, said, driver, &source);
        statement.sql.push_str(" ORDER BY ");
        self.order(&mut statement, source.number);
        statement.sql.push_str(" LIMIT ? OFFSET ?");
        statement.bind(Value::Integer(limit.into()));
        statement.bind(Value::Integer(i64::try_from(offset).unwrap_or(i64::MAX)));
        statement.sql.push_str(") ORDER BY ");
        self.order(&mut statement, "seq");
        statement
    }

    /// Renders the number of matching parties.
    pub(crate) fn count(&self) -> Statement {
        let mut statement = self.statement();
        let (term, driver, _) = self.driver();
        let said = term.filter(|_| driver.says_all());
        let source = self.source(driver, self.tries_rows(said));
        statement.sql.push_str("SELECT count(*)");
        self.rows(&mut statement, said, driver, &source);
        statement
    }

    /// Returns the key under which the total is cached: the text of the count.
    pub(crate) fn question(&self) -> String {
        let Plan { terms, residual, order: _ } = self.plan;
        format!("{} {:?} {terms:?} {residual:?}", self.table.name, self.operator)
    }

    /// Returns the quick lane when indexes answer the search alone or leave few rows to test.
    pub(crate) fn lane(&self) -> Lane {
        let (_, driver, leaves) = self.driver();
        let alone = self.plan.terms.len() <= 1 && self.plan.residual.is_empty() && self.has_order();
        match driver {
            Driver::Scan { .. } | Driver::AnyPair { .. } => Lane::Scan,
            _ if leaves < Leaves::Many || alone => Lane::Quick,
            _ => Lane::Scan,
        }
    }

    fn statement(&self) -> Statement {
        Statement { side_tables: self.table.side_tables, ..Statement::default() }
    }

    /// Returns the driving term, its driver, and the number of rows that it leaves.
    fn driver(&self) -> (Option<usize>, Driver<'a>, Leaves) {
        let candidates = self.plan.terms.iter().enumerate().filter_map(|(place, term)| {
            let (leaves, driver) = self.table.driver(term)?;
            Some((Some(place), driver, leaves))
        });
        let whole = self.table.whole.map_or(Driver::Whole, Driver::Index);
        candidates.min_by_key(|(_, _, leaves)| *leaves).unwrap_or((None, whole, Leaves::All))
    }

    /// Returns the driver of a page. When many rows match, scanning them in the requested order
    /// finds a page soon enough.
    fn page_driver(&self) -> (Option<usize>, Driver<'a>) {
        let (term, driver, leaves) = self.driver();
        match self.order_index() {
            Some(index) if leaves >= Leaves::Many => (None, Driver::Index(index)),
            _ => (term, driver),
        }
    }

    /// Returns the index on the requested order.
    fn order_index(&self) -> Option<&'static str> {
        let OrderBy::Column(column) = self.plan.order.first()?.by else { return None };
        self.table.indexes.iter().find(|index| index.column == column.name)?.orders
    }

    /// Checks that no order is requested, or that an index has it.
    fn has_order(&self) -> bool {
        self.plan.order.is_empty() || self.plan.order.len() == 1 && self.order_index().is_some()
    }

    /// Checks that a condition other than the driver's is tested on the rows of the parties.
    fn tries_rows(&self, said: Option<usize>) -> bool {
        let on_row = |term: &Term| matches!(term, Term::Column { .. } | Term::OneOf { .. });
        let mut others = self.plan.terms.iter().enumerate().filter(|(place, _)| Some(*place) != said);
        others.any(|(_, term)| on_row(term)) || !self.plan.residual.is_empty()
    }

    /// Returns the source of the driver's rows, joined with the party's own row only if needed.
    fn source(&self, driver: Driver<'_>, needs_rows: bool) -> Source {
        let table = self.table.name;
        let joined = |other: &str, number: &'static str| Source {
            from: if needs_rows {
                format!("{other} CROSS JOIN {table} AS party NOT INDEXED ON party.seq = {number}")
            } else {
                other.to_owned()
            },
            number,
            has_rows: needs_rows,
        };
        let own = |how: String| Source {
            from: format!("{table} AS party {how}"),
            number: OWN_NUMBER,
            has_rows: true,
        };
        match driver {
            Driver::Index(index) | Driver::Equal { index, .. } | Driver::Scan { index, .. } => {
                own(format!("INDEXED BY {index}"))
            }
            Driver::Trigrams { .. } => joined(self.table.text, self.table.text_number),
            Driver::Pair { table, .. } => joined(table.name, table.number),
            Driver::AnyPair { .. } => own("NOT INDEXED".to_owned()),
            Driver::Whole => own(String::new()),
        }
    }

    /// Renders ` FROM … WHERE …`, without the driver's condition.
    fn rows(&self, statement: &mut Statement, said: Option<usize>, driver: Driver<'_>, source: &Source) {
        statement.sql.push_str(" FROM ");
        statement.sql.push_str(&source.from);
        statement.sql.push_str(" WHERE TRUE");
        statement.side_tables.number = source.number;
        self.drive(statement, driver);
        if let Some(operator) = self.operator {
            if source.has_rows {
                statement.sql.push_str(" AND party.operator = ?");
                statement.bind(Value::Text(operator.as_str().to_owned()));
            }
            if source.number != OWN_NUMBER {
                statement.sql.push_str(&format!(" AND {} BETWEEN ? AND ?", source.number));
                let (first, last) = numbers_of(operator);
                statement.bind(Value::Integer(first));
                statement.bind(Value::Integer(last));
            }
        }
        for (place, other) in self.plan.terms.iter().enumerate() {
            if Some(place) != said {
                statement.sql.push_str(" AND ");
                statement.term(other, ANY_TIME);
            }
        }
        if !self.plan.residual.is_empty() {
            statement.sql.push_str(" AND document_matches(document)");
            statement.parts.predicates.clone_from(&self.plan.residual);
        }
    }

    /// Renders the condition of the driver.
    fn drive(&self, statement: &mut Statement, driver: Driver<'_>) {
        match driver {
            Driver::Index(_) | Driver::Whole => {}
            Driver::Equal { folded, text, .. } => {
                statement.sql.push_str(&format!(" AND {folded} = ?"));
                statement.bind(Value::Text(epissure_filter::fold(text)));
            }
            Driver::Scan { folded, .. } => statement.sql.push_str(&format!(" AND {folded} IS NOT NULL")),
            Driver::Trigrams { column, glob, .. } => {
                statement.sql.push_str(&format!(" AND {} MATCH ?", self.table.text));
                let phrase = glob.folded().replace('"', "\"\"");
                statement.bind(Value::Text(format!("{column} : \"{phrase}\"")));
            }
            Driver::Pair { table, key, test } => {
                statement.sql.push_str(" AND ");
                statement.key_and_value(table, key, test, ANY_TIME);
            }
            Driver::AnyPair { table, key, test } => {
                statement.sql.push_str(&format!(" AND party.seq IN (SELECT seq FROM {} WHERE ", table.name));
                statement.key_and_value(table, key, test, ANY_TIME);
                statement.sql.push(')');
            }
        }
    }

    /// Renders the requested order, then the order of insertion, so that pages never overlap.
    fn order(&self, statement: &mut Statement, number: &str) {
        for order in &self.plan.order {
            statement.key(order, ANY_TIME);
            statement.sql.push_str(if order.descending { " DESC, " } else { ", " });
        }
        statement.sql.push_str(number);
    }
}

/// Source of the rows in a statement.
struct Source {
    from: String,
    /// SQL expression of the party's number in this source.
    number: &'static str,
    /// True when the source includes the rows of the parties.
    has_rows: bool,
}

/// Number of low bits of an individual's number that count the individuals of its operator.
const COUNTED: u32 = 32;

/// Returns the first and last possible number of an operator's individuals: the code in base 36,
/// then a count.
pub(crate) fn numbers_of(operator: &OperatorCode) -> (i64, i64) {
    let code = i64::from_str_radix(operator.as_str(), 36).unwrap_or_default();
    let first = code << COUNTED;
    (first, first | ((1 << COUNTED) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_have_numbers_of_their_own() {
        let range = |code| numbers_of(&OperatorCode::parse(code).expect("a code"));
        assert_eq!(range("0000").0, 0);
        let ordered = ["0000", "0001", "9ZZZ", "FTEL", "SFRA", "ZZZZ"].map(range);
        for pair in ordered.windows(2) {
            assert!(pair[0].1 < pair[1].0);
        }
        assert!(ordered[5].1 > ordered[5].0);
    }
}
