//! Which condition drives a search among parties.

use epissure_filter::plan::{Column, ColumnTest, Holds, Scalar, Term};
use epissure_filter::{Comparison, Glob, Place};

use super::PairTable;
use super::party_tables::{Index, PartyTable};

/// How many rows a condition leaves, from the fewest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leaves {
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
pub(super) enum Driver<'a> {
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

impl Driver<'_> {
    /// Whether finding a row proves the condition, so that it need not be tried.
    pub(super) fn says_all(self) -> bool {
        match self {
            Self::Trigrams { exact, .. } => exact,
            Self::Pair { .. } | Self::AnyPair { .. } => true,
            Self::Index(_) | Self::Equal { .. } | Self::Scan { .. } | Self::Whole => false,
        }
    }
}

/// The shortest text that has a trigram.
const TRIGRAM: usize = 3;

impl PartyTable {
    /// How a term could drive a search, if it could.
    pub(super) fn driver<'a>(&self, term: &'a Term) -> Option<(Leaves, Driver<'a>)> {
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
