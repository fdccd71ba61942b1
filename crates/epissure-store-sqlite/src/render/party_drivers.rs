//! Choice of the condition that drives a party search.

use epissure_filter::plan::{Column, ColumnTest, Holds, Scalar, Term};
use epissure_filter::{Comparison, Glob, Place};

use super::PairTable;
use super::party_tables::{Index, PartyTable};

/// Number of rows that a condition leaves, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leaves {
    One,
    Few,
    /// Rows with a given text. The value is the text's length, subtracted from the maximum: longer
    /// texts leave fewer rows.
    Part(usize),
    Many,
    /// Few rows, but finding them scans all values of a column in its index.
    Scanned,
    /// Rows with one value of an attribute that has a handful of values.
    Class,
    /// Rows with one of two values.
    Half,
    All,
}

/// Access path to the rows that the other conditions are tested on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Driver<'a> {
    /// All rows in the order of an index.
    Index(&'static str),
    /// Search for one folded text in a column's index.
    Equal { index: &'static str, folded: &'static str, text: &'a str },
    /// Scan of all the folded texts in a column's index.
    Scan { index: &'static str, folded: &'static str },
    /// Trigrams of a folded column. `exact` is true when they fully decide the condition.
    Trigrams { column: &'static str, glob: &'a Glob, exact: bool },
    /// A pair with one value, which a document has at most once.
    Pair { table: &'static PairTable, key: &'a str, test: &'a ColumnTest },
    /// A pair with any of several values.
    AnyPair { table: &'static PairTable, key: &'a str, test: &'a ColumnTest },
    /// All rows.
    Whole,
}

impl Driver<'_> {
    /// Checks that finding a row proves the condition, so that it need not be tested.
    pub(super) fn says_all(self) -> bool {
        match self {
            Self::Trigrams { exact, .. } => exact,
            Self::Pair { .. } | Self::AnyPair { .. } => true,
            Self::Index(_) | Self::Equal { .. } | Self::Scan { .. } | Self::Whole => false,
        }
    }
}

/// Minimum length of a text that has a trigram, in characters.
const TRIGRAM: usize = 3;

impl PartyTable {
    /// Returns the driver that a term allows, if any.
    pub(super) fn driver<'a>(&self, term: &'a Term) -> Option<(Leaves, Driver<'a>)> {
        match term {
            Term::Column { column, test, negated: false } => self.column_driver(*column, test),
            Term::Pair { pair, key, test, negated: false } => {
                let table = self.side_tables.pairs.get(usize::from(*pair))?;
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
        let folded = self.side_tables.folded(column.name);
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
