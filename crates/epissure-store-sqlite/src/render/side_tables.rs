//! Auxiliary columns and tables that answer patterns and pairs.

use epissure_filter::plan::{Column, ColumnTest, Holds};
use epissure_filter::{Glob, Place};
use jiff::Timestamp;
use rusqlite::types::Value;

use super::Statement;

/// Auxiliary columns and tables of a table; none by default.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SideTables {
    /// Columns, each with the column that contains its folded text.
    pub(crate) folded: &'static [(&'static str, &'static str)],
    /// Tables of pairs, by the number of the pair.
    pub(crate) pairs: &'static [PairTable],
    /// SQL expression of the row number of the document.
    pub(crate) number: &'static str,
}

/// A table with one row for each pair of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PairTable {
    /// Table name.
    pub(crate) name: &'static str,
    /// Column of the document's row number.
    pub(crate) number: &'static str,
    /// Column of the pair's key.
    pub(crate) key: &'static str,
    /// Column of the pair's value.
    pub(crate) value: &'static str,
    /// Trigram column with all folded values of a document, if there is one.
    pub(crate) text: Option<&'static str>,
    /// True when most values have few documents.
    pub(crate) selective: bool,
}

impl SideTables {
    /// Returns the column with the folded text of a column, if there is one.
    pub(crate) fn folded(&self, column: &str) -> Option<&'static str> {
        self.folded.iter().find(|(plain, _)| *plain == column).map(|(_, folded)| *folded)
    }
}

impl Statement {
    /// Renders the test that a column's text begins with a text or contains it.
    pub(super) fn glob(&mut self, column: Column, glob: &Glob) {
        let sought = glob.folded();
        let folded = match self.side_tables.folded(column.name) {
            Some(folded) => folded.to_owned(),
            None => format!("folded({})", column.name),
        };
        self.sql.push_str(&match glob.place() {
            Place::Anywhere => format!("instr({folded}, ?) > 0"),
            Place::Start if after(sought).is_some() => format!("({folded} >= ? AND {folded} < ?)"),
            Place::Start => format!("{folded} >= ?"),
        });
        self.bind(Value::Text(sought.to_owned()));
        if glob.place() == Place::Start
            && let Some(end) = after(sought)
        {
            self.bind(Value::Text(end));
        }
    }

    /// Renders the test that a document has a pair.
    pub(super) fn pair(&mut self, pair: u16, key: &str, test: &ColumnTest, negated: bool, now: Timestamp) {
        // Plans refer only to pairs of their catalog, each of which has a table.
        let Some(table) = self.side_tables.pairs.get(usize::from(pair)).copied() else {
            self.sql.push_str(if negated { "TRUE" } else { "FALSE" });
            return;
        };
        self.sql.push_str(if negated { "NOT EXISTS (SELECT 1 FROM " } else { "EXISTS (SELECT 1 FROM " });
        self.sql.push_str(table.name);
        self.sql.push_str(" AS pair WHERE pair.seq = ");
        self.sql.push_str(self.side_tables.number);
        self.sql.push_str(" AND ");
        self.key_and_value(&table, key, test, now);
        self.sql.push(')');
    }

    /// Renders the conditions on a table of pairs.
    pub(super) fn key_and_value(&mut self, table: &PairTable, key: &str, test: &ColumnTest, now: Timestamp) {
        self.sql.push_str(table.key);
        self.sql.push_str(" = ? AND ");
        self.bind(Value::Text(key.to_owned()));
        self.test(Column { name: table.value, holds: Holds::Text }, test, now);
    }
}

/// Returns the first text after all those that begin with a prefix, in code point order; `None`
/// when there is none.
pub(super) fn after(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::after;

    #[test]
    fn what_begins_with_a_text_stands_between_it_and_the_text_after() {
        for (prefix, end) in [("da", Some("db")), ("a\u{10ffff}", Some("b")), ("\u{d7ff}", Some("\u{e000}"))]
        {
            assert_eq!(after(prefix).as_deref(), end);
        }
        assert_eq!(after("\u{10ffff}"), None);
        assert_eq!(after(""), None);
    }
}
