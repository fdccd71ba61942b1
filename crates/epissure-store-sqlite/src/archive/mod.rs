//! The rows of a whole database, as source or target of a copy.

mod read;
mod write;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use epissure_store::StoreError;
use epissure_store::archive::{Archive, Begun, DERIVED, Limits, Pulse, Row, Rows, TABLES, Table};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, TransactionBehavior};

use crate::error;

/// Time allowed for other programs to close a database that needs exclusive use.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A database file, as an archive of rows.
pub struct SqliteArchive {
    connection: Arc<Mutex<Connection>>,
}

impl SqliteArchive {
    /// Opens a database as the source of a copy, in its current state, after migrating its schema.
    ///
    /// # Errors
    ///
    /// Fails when it cannot be opened, or contains an unfinished copy itself.
    pub fn source(path: &Path) -> Result<Self, StoreError> {
        let mut connection = connect(path)?;
        crate::migrate(&mut connection)?;
        refuse_unfinished(&connection)?;
        begin_snapshot(&connection).map_err(error)?;
        Ok(Self::of(connection))
    }

    /// Opens or creates a database as the target of a copy. No other program may have it open until
    /// it is dropped.
    ///
    /// # Errors
    ///
    /// Fails when it cannot be opened, or another program has it open.
    pub fn target(path: &Path) -> Result<Self, StoreError> {
        let mut connection = connect(path)?;
        crate::migrate(&mut connection)?;
        use_alone(&mut connection)?;
        Ok(Self::of(connection))
    }

    fn of(connection: Connection) -> Self {
        Self { connection: Arc::new(Mutex::new(connection)) }
    }

    /// Runs a job on a thread that may block on the disk.
    async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let connection = Arc::clone(&self.connection);
        let done = tokio::task::spawn_blocking(move || work(&mut locked(&connection))).await;
        done.map_err(|error| StoreError::Unexpected(format!("a thread of the copy ended: {error}")))?
    }
}

/// A copy reads the whole file once: memory-mapped, all of it would count as memory in use.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = crate::connect(path)?;
    connection.execute_batch("PRAGMA mmap_size = 0").map_err(error)?;
    Ok(connection)
}

/// Ignores poisoning: the transaction of a job that panicked was rolled back.
fn locked(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Refuses a database that contains an unfinished copy.
pub(crate) fn refuse_unfinished(connection: &Connection) -> Result<(), StoreError> {
    match mark(connection).map_err(error)? {
        Some(of) => Err(StoreError::Unfinished { of }),
        None => Ok(()),
    }
}

/// Returns the name of the source of an unfinished copy, if the database contains one.
fn mark(connection: &Connection) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT source FROM unfinished_copy", [], |row| row.get(0)).optional()
}

fn begin_snapshot(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN")?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

/// Page cache of the target, in kibibytes, so that its indexes are not read again for every insert.
const CACHE: u32 = 65_536;

/// Locks the database exclusively from the first transaction until the connection closes, for any
/// reason.
fn use_alone(connection: &mut Connection) -> Result<(), StoreError> {
    let taken = connection.busy_timeout(TIMEOUT).and_then(|()| {
        connection
            .execute_batch(&format!("PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -{CACHE}"))?;
        connection.transaction_with_behavior(TransactionBehavior::Exclusive)?.commit()
    });
    taken.map_err(|wrong| match wrong.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::InUse("another program has it open".to_owned())
        }
        _ => error(wrong),
    })
}

fn count(connection: &Connection, table: &str) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM \"{table}\"");
    connection.query_row(&sql, [], |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()))
}

#[async_trait]
impl Archive for SqliteArchive {
    fn read(&self, table: &'static Table, limits: Limits, most: Option<u64>) -> Box<dyn Rows> {
        Box::new(read::Pieces::of(&self.connection, table, limits, most))
    }

    async fn count(&self, table: &'static Table) -> Result<u64, StoreError> {
        self.run(|connection| count(connection, table.name).map_err(error)).await
    }

    async fn derived(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let counted = |connection: &mut Connection| {
            let counts = DERIVED.iter().map(|table| Ok((*table, count(connection, table)?)));
            counts.collect::<rusqlite::Result<Vec<_>>>().map_err(error)
        };
        self.run(counted).await
    }

    async fn pulse(&self) -> Result<Pulse, StoreError> {
        let sql = "SELECT (SELECT coalesce(max(number), 0) FROM audit), (SELECT count(*) FROM attempt),
                          (SELECT coalesce(max(issued), 0) FROM token)";
        self.run(move |connection| {
            let pulse = connection.query_row(sql, [], |row| {
                Ok(Pulse { audited: row.get(0)?, attempts: row.get(1)?, issued: row.get(2)? })
            });
            pulse.map_err(error)
        })
        .await
    }

    async fn renew(&self) -> Result<(), StoreError> {
        self.run(|connection| {
            connection.execute_batch("COMMIT").and_then(|()| begin_snapshot(connection)).map_err(error)
        })
        .await
    }

    async fn begin(&self, source: &str, at: Timestamp) -> Result<Begun, StoreError> {
        let source = source.to_owned();
        self.run(move |connection| begin(connection, &source, at).map_err(error)).await
    }

    async fn write(&self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        self.run(move |connection| write::write(connection, table, &rows)).await
    }

    async fn finish(&self) -> Result<(), StoreError> {
        // Event numbers need no adjustment: SQLite remembers the highest inserted.
        self.run(|connection| {
            let done = connection.execute_batch("ANALYZE").and_then(|()| {
                crate::writer::forget_samples(connection)?;
                connection.execute("DELETE FROM unfinished_copy", [])?;
                Ok(())
            });
            done.map_err(error)
        })
        .await
    }
}

fn begin(connection: &mut Connection, source: &str, at: Timestamp) -> rusqlite::Result<Begun> {
    let transaction = connection.transaction()?;
    if let Some(begun) = mark(&transaction)? {
        return Ok(if begun == source { Begun::Again } else { Begun::AnotherSource(begun) });
    }
    let mut filled = Vec::new();
    for name in TABLES.iter().map(|table| table.name).chain(DERIVED.iter().copied()) {
        match count(&transaction, name)? {
            0 => {}
            rows => filled.push((name, rows)),
        }
    }
    if !filled.is_empty() {
        return Ok(Begun::NotEmpty(filled));
    }
    let sql = "INSERT INTO unfinished_copy (source, begun) VALUES (?, ?)";
    transaction.execute(sql, rusqlite::params![source, at.as_millisecond()])?;
    transaction.commit()?;
    Ok(Begun::Anew)
}

#[cfg(test)]
mod tests {
    use epissure_store::archive::Kind;

    use super::*;

    /// Derived columns specific to this backend.
    const OWN_COLUMNS: &[(&str, &str)] = &[("organization", "identifications_folded")];
    /// Tables neither copied nor derived: internal to SQLite and the migrations.
    const NOT_KEPT: &[&str] = &["refinery_schema_history", "unfinished_copy", "write_check"];
    /// Source tables of the trigram indexes.
    const TEXTS: &[&str] = &["organization_text", "individual_text"];

    fn names(connection: &Connection, sql: &str) -> Vec<(String, String)> {
        let mut statement = connection.prepare(sql).expect("a statement");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        rows.collect::<rusqlite::Result<_>>().expect("names")
    }

    #[test]
    fn whatever_a_migration_adds_is_copied_or_derived() {
        let mut connection = Connection::open_in_memory().expect("a database");
        crate::migrate(&mut connection).expect("a schema");
        let sql = "SELECT tables.name, columns.name || ' ' || columns.type
                   FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
                   WHERE tables.type = 'table'";
        let mut met = 0;
        for (table, column) in names(&connection, sql) {
            let derived = DERIVED.contains(&table.as_str())
                || TEXTS.iter().any(|texts| table == *texts || table.starts_with(&format!("{texts}_")));
            if derived || NOT_KEPT.contains(&table.as_str()) || table.starts_with("sqlite_") {
                continue;
            }
            let known = TABLES.iter().find(|known| known.name == table);
            let known = known.unwrap_or_else(|| panic!("the table {table} is in no copy"));
            let (column, kind) = column.split_once(' ').expect("a type");
            let own = OWN_COLUMNS.contains(&(table.as_str(), column));
            if own || table == "individual" && column == "seq" {
                continue;
            }
            let place = known.place(column).unwrap_or_else(|| panic!("{table}.{column} is in no copy"));
            let expected = match known.columns[place].kind {
                Kind::Integer | Kind::Flag => "INTEGER",
                Kind::Text => "TEXT",
                Kind::Bytes => "BLOB",
            };
            assert_eq!(kind, expected, "{table}.{column}");
            met += 1;
        }
        assert_eq!(
            met,
            TABLES.iter().map(|table| table.columns.len()).sum::<usize>(),
            "no column is made up"
        );
    }
}
