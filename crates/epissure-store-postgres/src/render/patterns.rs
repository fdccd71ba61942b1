//! Rendering of patterns and pairs.

use epissure_filter::plan::{Column, ColumnTest, Scalar};
use epissure_filter::{Comparison, Glob, Place};

use super::{ListQuery, Statement};
use crate::bound::{Bound, looked_up};
use crate::tables::{PairTable, sought};

impl ListQuery {
    /// Checks that a test must be evaluated in this program. This holds for regular expressions,
    /// whose syntax differs in PostgreSQL, and for texts without a folded column.
    pub(crate) fn is_checked(&self, column: Column, test: &ColumnTest) -> bool {
        match test {
            ColumnTest::Matches(_) => true,
            ColumnTest::Glob(_) => self.table.folded(column.name).is_none(),
            _ => false,
        }
    }

    /// Renders the trigrams that a matching row must have, if there are any.
    pub(super) fn trigrams(&self, statement: &mut Statement, tag: u8, glob: &Glob) {
        let owner = self.whose.as_ref().map(|whose| &whose.code);
        // The index of the texts finds prefixes.
        if glob.place() == Place::Anywhere
            && let Some(trigrams) = sought(tag, owner, glob)
        {
            statement.push("trigrams @> ");
            statement.bind(Bound::Trigrams(trigrams));
            statement.push(" AND ");
        }
    }

    /// Renders the test that a document has a pair.
    pub(super) fn pair(
        &self,
        statement: &mut Statement,
        pair: u16,
        key: &str,
        test: &ColumnTest,
        negated: bool,
    ) {
        let Some(table) = self.table.pair(pair) else {
            statement.push(if negated { "TRUE" } else { "FALSE" });
            return;
        };
        if let (ColumnTest::Glob(glob), Some(tag), false) = (test, table.tag, negated) {
            self.trigrams(statement, tag, glob);
        }
        statement.push(if negated { "NOT EXISTS (SELECT 1 FROM " } else { "EXISTS (SELECT 1 FROM " });
        statement.push(&format!("{} AS pair WHERE pair.seq = {}.seq AND ", table.name, self.table.name));
        if let Some(whose) = self.whose.as_ref().filter(|_| table.owned) {
            statement.push("pair.operator = ");
            statement.bind(Bound::Text(whose.code.as_str().to_owned()));
            statement.push(" AND ");
        }
        key_and_value(statement, table, key, test);
        statement.push(")");
    }
}

fn key_and_value(statement: &mut Statement, table: &PairTable, key: &str, test: &ColumnTest) {
    statement.push(table.key);
    statement.push(" = ");
    statement.bind(Bound::Text(key.to_owned()));
    statement.push(" AND ");
    match test {
        ColumnTest::Glob(pattern) => glob(statement, table.folded, pattern),
        ColumnTest::Compare(Comparison::Equal, Scalar::Text(text)) => {
            statement.push(table.value);
            statement.push(" = ");
            statement.bind(Bound::Text(looked_up(text)));
        }
        // Plans have no other test on a pair.
        _ => statement.push("FALSE"),
    }
}

/// Renders the test that a folded text begins with a text or contains it.
pub(super) fn glob(statement: &mut Statement, folded: &str, glob: &Glob) {
    match glob.place() {
        Place::Start => begins_with(statement, folded, glob.folded()),
        Place::Anywhere => {
            statement.push(&format!("strpos({folded}, "));
            statement.bind(Bound::Text(glob.folded().to_owned()));
            statement.push(") > 0");
        }
    }
}

/// Renders the range of the texts that begin with a prefix.
pub(super) fn begins_with(statement: &mut Statement, column: &str, prefix: &str) {
    statement.push(&format!("({column} >= "));
    statement.bind(Bound::Text(prefix.to_owned()));
    if let Some(end) = end_of(prefix) {
        statement.push(&format!(" AND {column} < "));
        statement.bind(Bound::Text(end));
    }
    statement.push(")");
}

/// Returns the first text after all those that begin with a prefix, in code point order: its last
/// character is replaced by the next one. Returns `None` when there is no such text.
fn end_of(prefix: &str) -> Option<String> {
    let mut end: Vec<char> = prefix.chars().collect();
    while let Some(last) = end.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::end_of;

    #[test]
    fn what_begins_with_a_text_stands_between_it_and_its_end() {
        for (prefix, end) in [("da", Some("db")), ("a\u{10ffff}", Some("b")), ("\u{d7ff}", Some("\u{e000}"))]
        {
            assert_eq!(end_of(prefix).as_deref(), end);
        }
        assert_eq!(end_of("\u{10ffff}"), None);
        assert_eq!(end_of(""), None);
    }
}
