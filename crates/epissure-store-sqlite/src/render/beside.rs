//! What a table has beside its columns to answer patterns and pairs.

use epissure_filter::plan::{Column, ColumnTest, Holds};
use epissure_filter::{Glob, Place};
use jiff::Timestamp;
use rusqlite::types::Value;

use super::Statement;

/// What stands beside the columns of a table. Nothing, by default.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Beside {
    /// Columns, and for each the one that holds its text folded.
    pub(crate) folded: &'static [(&'static str, &'static str)],
    /// The tables of pairs, by the pair's number.
    pub(crate) pairs: &'static [PairTable],
    /// The number of the document in question, in the statement.
    pub(crate) number: &'static str,
}

/// A table with a row for each pair of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PairTable {
    /// Its name.
    pub(crate) name: &'static str,
    /// The number of the document in it.
    pub(crate) number: &'static str,
    /// The column of the key.
    pub(crate) key: &'static str,
    /// The column of the value.
    pub(crate) value: &'static str,
    /// The column of the trigrams with all the values of a document, folded, if there is one.
    pub(crate) text: Option<&'static str>,
    /// Whether one value belongs to few documents.
    pub(crate) selective: bool,
}

impl Beside {
    /// The column that holds a column's text folded, if there is one.
    pub(crate) fn folded(&self, column: &str) -> Option<&'static str> {
        self.folded.iter().find(|(plain, _)| *plain == column).map(|(_, folded)| *folded)
    }
}

impl Statement {
    /// Whether a column's text begins with a text or contains it.
    pub(super) fn glob(&mut self, column: Column, glob: &Glob) {
        let sought = glob.folded();
        let folded = match self.beside.folded(column.name) {
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

    /// Whether a document has a pair.
    pub(super) fn pair(&mut self, pair: u16, key: &str, test: &ColumnTest, negated: bool, now: Timestamp) {
        // Plans name the pairs of their catalog only, and each has its table.
        let Some(table) = self.beside.pairs.get(usize::from(pair)).copied() else {
            self.sql.push_str(if negated { "TRUE" } else { "FALSE" });
            return;
        };
        self.sql.push_str(if negated { "NOT EXISTS (SELECT 1 FROM " } else { "EXISTS (SELECT 1 FROM " });
        self.sql.push_str(table.name);
        self.sql.push_str(" AS pair WHERE pair.seq = ");
        self.sql.push_str(self.beside.number);
        self.sql.push_str(" AND ");
        self.key_and_value(&table, key, test, now);
        self.sql.push(')');
    }

    /// Which rows of a table of pairs are meant.
    pub(super) fn key_and_value(&mut self, table: &PairTable, key: &str, test: &ColumnTest, now: Timestamp) {
        self.sql.push_str(table.key);
        self.sql.push_str(" = ? AND ");
        self.bind(Value::Text(key.to_owned()));
        self.test(Column { name: table.value, holds: Holds::Text }, test, now);
    }
}

/// The first text after all those that begin with a text, by the order of their characters; none when no text comes
/// after them.
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
