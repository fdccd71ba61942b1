//! Searches among parties as SQL.
//!
//! Each search is driven by the one of its conditions that leaves the fewest rows, by rules and not by statistics:
//! the index to use is named in the statement. The other conditions are looked at row by row.

use epissure_filter::plan::{Column, ColumnTest, Holds, OrderBy, Plan, Scalar, Term};
use epissure_filter::{Comparison, Glob, Place};
use epissure_protocol::names::OperatorCode;
use jiff::Timestamp;
use rusqlite::types::Value;

use super::{Beside, PairTable, Statement};
use crate::readers::Lane;

/// A table of parties.
#[derive(Debug)]
pub(crate) struct PartyTable {
    pub(crate) name: &'static str,
    /// What a reader gets of a row: identifier, version, document, contact medium or null.
    with_contact_medium: &'static str,
    without_contact_medium: &'static str,
    /// What the index of all of an operator's rows is called; rows stand in the order of their numbers otherwise.
    whole: Option<&'static str>,
    /// Its trigrams, on the folded columns.
    text: &'static str,
    beside: Beside,
    indexes: &'static [Index],
}

/// The indexes of a column.
#[derive(Debug)]
struct Index {
    column: &'static str,
    /// Finds values, or folded values where there are.
    finds: &'static str,
    /// Has the order of the values.
    orders: Option<&'static str>,
    /// Whether one value belongs to few rows.
    selective: bool,
}

/// Organizations.
pub(crate) static ORGANIZATION: PartyTable = PartyTable {
    name: "organization",
    with_contact_medium: "id, version, document, NULL",
    without_contact_medium: "id, version, document, NULL",
    whole: None,
    text: "organization_text",
    beside: Beside {
        folded: &[
            ("name", "party.name_folded"),
            ("trading_name", "party.trading_name_folded"),
            ("identification_id", "identification_id_folded"),
        ],
        pairs: &[PairTable {
            name: "organization_identification",
            key: "identification_type",
            value: "identification_id",
            text: Some("identifications_folded"),
            selective: true,
        }],
    },
    indexes: &[
        Index {
            column: "id",
            finds: "organization_by_id",
            orders: Some("organization_by_id"),
            selective: true,
        },
        Index {
            column: "name",
            finds: "organization_by_folded_name",
            orders: Some("organization_by_name"),
            selective: true,
        },
        Index {
            column: "trading_name",
            finds: "organization_by_folded_trading_name",
            orders: Some("organization_by_trading_name"),
            selective: true,
        },
        attribute("is_head_office", "organization_by_head_office"),
        attribute("is_legal_entity", "organization_by_legal_entity"),
        attribute("name_type", "organization_by_name_type"),
        attribute("organization_type", "organization_by_type"),
    ],
};

/// Individuals.
pub(crate) static INDIVIDUAL: PartyTable = PartyTable {
    name: "individual",
    with_contact_medium: "id, version, document, contact_medium",
    without_contact_medium: "id, version, document, NULL",
    whole: Some("individual_by_operator"),
    text: "individual_text",
    beside: Beside {
        folded: &[
            ("full_name", "party.full_name_folded"),
            ("family_name", "party.family_name_folded"),
            ("given_name", "party.given_name_folded"),
            ("legal_name", "party.legal_name_folded"),
        ],
        pairs: &[PairTable {
            name: "individual_characteristic",
            key: "characteristic_name",
            value: "characteristic_value",
            text: None,
            selective: false,
        }],
    },
    indexes: &[
        Index { column: "full_name", finds: "individual_by_full_name", orders: None, selective: true },
        Index { column: "family_name", finds: "individual_by_family_name", orders: None, selective: true },
        Index { column: "given_name", finds: "individual_by_given_name", orders: None, selective: true },
        Index { column: "legal_name", finds: "individual_by_legal_name", orders: None, selective: true },
        attribute("title", "individual_by_title"),
        attribute("middle_name", "individual_by_middle_name"),
        attribute("name_prefix", "individual_by_name_prefix"),
        attribute("gender", "individual_by_gender"),
    ],
};

const fn attribute(column: &'static str, index: &'static str) -> Index {
    Index { column, finds: index, orders: Some(index), selective: false }
}

/// The shortest text that has a trigram.
const TRIGRAM: usize = 3;

/// No column of a party runs with time.
const ANY_TIME: Timestamp = Timestamp::UNIX_EPOCH;

/// What is looked for, where, and among whose.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(crate) table: &'static PartyTable,
    /// For individuals.
    pub(crate) operator: Option<&'a OperatorCode>,
    pub(crate) plan: &'a Plan,
}

/// How many rows a condition leaves, from the fewest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Leaves {
    One,
    Few,
    /// Those that have a text, by how much shorter it is than the longest: the longer, the fewer.
    Part(usize),
    Many,
    /// Few, but all the values of a column are looked at to find them, in its index.
    Scanned,
    /// One of the values of an attribute that has a handful.
    Class,
    /// One of two values.
    Half,
    All,
}

/// What finds the rows that the other conditions are tried on.
#[derive(Debug, Clone, Copy)]
enum Driver<'a> {
    /// Rows in the order of an index.
    Index(&'static str),
    /// An index of a column's folded text, where the text is.
    Equal { index: &'static str, folded: &'static str, text: &'a str },
    /// All the folded texts of a column, in its index.
    Scan { index: &'static str, folded: &'static str },
    /// The trigrams of a column of them; whether that is all the condition says.
    Trigrams { column: &'static str, glob: &'a Glob, exact: bool },
    /// A pair with one value, which a document has once.
    Pair { table: &'static PairTable, key: &'a str, test: &'a ColumnTest },
    /// A pair with any of several values.
    AnyPair { table: &'static PairTable, key: &'a str, test: &'a ColumnTest },
    /// All rows.
    Whole,
}

impl<'a> Search<'a> {
    /// The parties of a page.
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
        // The page is found first: rows that are skipped or only tried are not read.
        statement.sql.push_str(" AS party WHERE seq IN (SELECT ");
        let (term, driver) = self.page_driver();
        let said = term.filter(|_| driver.says_all());
        let source = self.source(driver, self.needs_rows(said));
        statement.sql.push_str(&source.number);
        self.rows(&mut statement, said, driver, &source);
        statement.sql.push_str(" ORDER BY ");
        self.order(&mut statement, &source.number);
        statement.sql.push_str(" LIMIT ? OFFSET ?");
        statement.bind(Value::Integer(limit.into()));
        statement.bind(Value::Integer(i64::try_from(offset).unwrap_or(i64::MAX)));
        statement.sql.push_str(") ORDER BY ");
        self.order(&mut statement, "seq");
        statement
    }

    /// How many parties match.
    pub(crate) fn count(&self) -> Statement {
        let mut statement = self.statement();
        let (term, driver, _) = self.driver();
        let said = term.filter(|_| driver.says_all());
        let source = self.source(driver, self.has_others(said));
        statement.sql.push_str("SELECT count(*)");
        self.rows(&mut statement, said, driver, &source);
        statement
    }

    /// What is counted, by which a total is kept.
    pub(crate) fn question(&self) -> String {
        let Plan { terms, residual, order: _ } = self.plan;
        format!("{} {:?} {terms:?} {residual:?}", self.table.name, self.operator)
    }

    /// Whether indexes answer the search by themselves, or leave few rows to look at.
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
        Statement { beside: self.table.beside, ..Statement::default() }
    }

    /// Which term drives the search, how, and how many rows it leaves.
    fn driver(&self) -> (Option<usize>, Driver<'a>, Leaves) {
        let candidates = self.plan.terms.iter().enumerate().filter_map(|(place, term)| {
            let (leaves, driver) = self.table.driver(term)?;
            Some((Some(place), driver, leaves))
        });
        let whole = self.table.whole.map_or(Driver::Whole, Driver::Index);
        candidates.min_by_key(|(_, _, leaves)| *leaves).unwrap_or((None, whole, Leaves::All))
    }

    /// The same for a page: where many rows are left, those in the order asked for are soon enough for it.
    fn page_driver(&self) -> (Option<usize>, Driver<'a>) {
        let (term, driver, leaves) = self.driver();
        match self.order_index() {
            Some(index) if leaves >= Leaves::Many => (None, Driver::Index(index)),
            _ => (term, driver),
        }
    }

    /// The index that has the order asked for.
    fn order_index(&self) -> Option<&'static str> {
        let OrderBy::Column(column) = self.plan.order.first()?.by else { return None };
        self.table.indexes.iter().find(|index| index.column == column.name)?.orders
    }

    /// Whether no order is asked for, or one that an index has.
    fn has_order(&self) -> bool {
        self.plan.order.is_empty() || self.plan.order.len() == 1 && self.order_index().is_some()
    }

    /// Whether there are conditions beside the one that the driver says.
    fn has_others(&self, said: Option<usize>) -> bool {
        self.plan.terms.len() > usize::from(said.is_some()) || !self.plan.residual.is_empty()
    }

    /// Whether a page looks at the rows to find its own.
    fn needs_rows(&self, said: Option<usize>) -> bool {
        self.has_others(said) || !self.plan.order.is_empty()
    }

    /// Where the driver's rows come from; the party's own only when it is needed.
    fn source(&self, driver: Driver<'_>, needs_rows: bool) -> Source {
        let table = self.table.name;
        let joined = |other: &str, number: String| Source {
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
            number: "party.seq".to_owned(),
            has_rows: true,
        };
        match driver {
            Driver::Index(index) | Driver::Equal { index, .. } | Driver::Scan { index, .. } => {
                own(format!("INDEXED BY {index}"))
            }
            Driver::Trigrams { .. } => joined(self.table.text, format!("{}.rowid", self.table.text)),
            Driver::Pair { table, .. } => joined(table.name, format!("{}.seq", table.name)),
            Driver::AnyPair { .. } => own("NOT INDEXED".to_owned()),
            Driver::Whole => own(String::new()),
        }
    }

    /// ` FROM … WHERE …`, without the condition that the driver says.
    fn rows(&self, statement: &mut Statement, said: Option<usize>, driver: Driver<'_>, source: &Source) {
        statement.sql.push_str(" FROM ");
        statement.sql.push_str(&source.from);
        statement.sql.push_str(" WHERE TRUE");
        self.drive(statement, driver);
        if let Some(operator) = self.operator {
            if source.has_rows {
                statement.sql.push_str(" AND party.operator = ?");
                statement.bind(Value::Text(operator.as_str().to_owned()));
            }
            if source.number != "party.seq" {
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

    /// The condition by which the driver finds rows.
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

    /// The order asked for, then that in which parties came in, so that pages never overlap.
    fn order(&self, statement: &mut Statement, number: &str) {
        for order in &self.plan.order {
            statement.key(order, ANY_TIME);
            statement.sql.push_str(if order.descending { " DESC, " } else { ", " });
        }
        statement.sql.push_str(number);
    }
}

/// Where rows come from.
struct Source {
    from: String,
    /// A party's number there.
    number: String,
    /// Whether the rows of the parties are there.
    has_rows: bool,
}

impl Driver<'_> {
    /// Whether finding a row proves the condition, so that it need not be tried.
    fn says_all(self) -> bool {
        match self {
            Self::Trigrams { exact, .. } => exact,
            Self::Pair { .. } | Self::AnyPair { .. } => true,
            Self::Index(_) | Self::Equal { .. } | Self::Scan { .. } | Self::Whole => false,
        }
    }
}

impl PartyTable {
    /// How a term could drive a search, if it could.
    fn driver<'a>(&self, term: &'a Term) -> Option<(Leaves, Driver<'a>)> {
        match term {
            Term::Column { column, test, negated: false } => self.column_driver(*column, test),
            Term::Pair { pair, key, test, negated: false } => {
                let table = self.beside.pairs.get(usize::from(*pair))?;
                Some(match test {
                    ColumnTest::Compare(Comparison::Equal, _) => {
                        let leaves = if table.selective { Leaves::One } else { Leaves::Many };
                        (leaves, Driver::Pair { table, key, test })
                    }
                    ColumnTest::Glob(glob) if table.text.is_some() && length(glob) >= TRIGRAM => {
                        let column = table.text?;
                        (part(glob), Driver::Trigrams { column, glob, exact: false })
                    }
                    _ => (Leaves::Scanned, Driver::AnyPair { table, key, test }),
                })
            }
            _ => None,
        }
    }

    fn column_driver<'a>(&self, column: Column, test: &'a ColumnTest) -> Option<(Leaves, Driver<'a>)> {
        let index = self.indexes.iter().find(|index| index.column == column.name)?;
        let folded = self.beside.folded(column.name);
        match (test, folded) {
            (ColumnTest::Compare(Comparison::Equal, Scalar::Text(text)), Some(folded)) => {
                Some((Leaves::Few, Driver::Equal { index: index.finds, folded, text }))
            }
            (ColumnTest::Compare(Comparison::Equal, _), None) => {
                let leaves = match (index.selective, column.holds) {
                    (true, _) => Leaves::One,
                    (false, Holds::Flag) => Leaves::Half,
                    (false, _) => Leaves::Class,
                };
                Some((leaves, Driver::Index(index.finds)))
            }
            (ColumnTest::Glob(glob), Some(folded)) => Some(glob_driver(index, folded, glob)),
            _ => None,
        }
    }
}

fn glob_driver<'a>(index: &Index, folded: &'static str, glob: &'a Glob) -> (Leaves, Driver<'a>) {
    match glob.place() {
        Place::Start => (part(glob), Driver::Index(index.finds)),
        Place::Anywhere if length(glob) < TRIGRAM => {
            (Leaves::Scanned, Driver::Scan { index: index.finds, folded })
        }
        Place::Anywhere => {
            let column = folded.trim_start_matches("party.");
            (part(glob), Driver::Trigrams { column, glob, exact: true })
        }
    }
}

fn length(glob: &Glob) -> usize {
    glob.folded().chars().count()
}

fn part(glob: &Glob) -> Leaves {
    if length(glob) < TRIGRAM { Leaves::Many } else { Leaves::Part(usize::MAX - length(glob)) }
}

/// How many bits of an individual's number count the individuals of its operator.
const COUNTED: u32 = 32;

/// The numbers of an operator's individuals, the first and the last: the code in base 36, then a count.
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
