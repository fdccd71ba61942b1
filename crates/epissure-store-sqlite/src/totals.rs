//! Cache of totals that are still valid.
//!
//! A client that pages through a list requests the same total repeatedly. SQLite reports to each
//! connection if another one has written since the last check. Until then, cached totals are valid.

use std::cell::RefCell;
use std::collections::HashMap;

use rusqlite::Connection;

/// Maximum number of cached totals.
const MAX_TOTALS: usize = 256;

/// Cached totals of one read-only connection.
#[derive(Default)]
pub(crate) struct Totals(RefCell<Kept>);

#[derive(Default)]
struct Kept {
    version: i64,
    totals: HashMap<String, u64>,
}

impl Totals {
    /// Returns the total of a query, counted if it is not cached. The connection must be in a
    /// transaction, so that the count belongs to the cached version.
    pub(crate) fn get_or(
        &self,
        connection: &Connection,
        question: String,
        count: impl FnOnce() -> rusqlite::Result<u64>,
    ) -> rusqlite::Result<u64> {
        let version = connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        {
            let mut kept = self.0.borrow_mut();
            if kept.version != version || kept.totals.len() >= MAX_TOTALS {
                kept.version = version;
                kept.totals.clear();
            }
            if let Some(total) = kept.totals.get(&question) {
                return Ok(*total);
            }
        }
        let total = count()?;
        self.0.borrow_mut().totals.insert(question, total);
        Ok(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_counted_again_once_something_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let open = || crate::connect(&folder.path().join("totals.sqlite")).unwrap();
        let (reader, writer) = (open(), open());
        writer.execute_batch("CREATE TABLE item (n INTEGER)").unwrap();
        let totals = Totals::default();
        let counted = std::cell::Cell::new(0);
        let total = |question: &str| {
            let snapshot = reader.unchecked_transaction().unwrap();
            let count = || {
                counted.set(counted.get() + 1);
                reader
                    .query_row("SELECT count(*) FROM item", [], |row| row.get::<_, i64>(0))
                    .map(i64::unsigned_abs)
            };
            let total = totals.get_or(&reader, question.to_owned(), count).unwrap();
            snapshot.finish().unwrap();
            total
        };
        assert_eq!((total("items"), total("items"), counted.get()), (0, 0, 1));
        writer.execute_batch("INSERT INTO item VALUES (1)").unwrap();
        assert_eq!((total("items"), total("items"), counted.get()), (1, 1, 2));
        assert_eq!((total("others"), counted.get()), (1, 3));
    }
}
