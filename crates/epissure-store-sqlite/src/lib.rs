//! The storage contract on an embedded SQLite database.
//!
//! One thread writes, and commits the queued jobs together (`writer`). A few threads read, each on
//! its own connection (`readers`). SQL text is built in `render` only. The layout was chosen by
//! measurements, summarized in the project's decision records.

mod access;
mod archive;
mod attachments;
mod audit;
mod columns;
mod cost;
mod deliveries;
mod events;
mod functions;
mod idempotency;
mod inbox;
mod lists;
mod parties;
mod party_import;
mod party_rows;
mod party_writes;
mod readers;
mod render;
mod retention;
mod subresources;
mod targets;
mod tickets;
mod totals;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use epissure_store::StoreError;
use rusqlite::Connection;

pub use archive::SqliteArchive;
pub use lists::Explanation;
use readers::Readers;
use writer::Writer;

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// File name of the database in a data folder.
pub const FILE_NAME: &str = "epissure.sqlite";

/// Time that a connection waits for another connection's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Settings of a database.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Path of the database file.
    pub path: PathBuf,
    /// Number of connections for queries that indexes answer.
    pub readers: usize,
    /// Number of connections for queries that scan the tickets, which is the number of concurrent
    /// scans.
    pub scanners: usize,
    /// Time limit of one query.
    pub query_budget: Duration,
}

impl Settings {
    /// Returns the default settings for a file: two readers per core, one scan at a time, and five
    /// seconds per query.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { path, readers: cores * 2, scanners: (cores / 4).max(1), query_budget: Duration::from_secs(5) }
    }
}

/// An open database.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    pages: lists::PagePlaces,
}

impl SqliteStore {
    /// Opens or creates a database, and migrates its schema.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be opened, its schema is newer than this version, or it contains
    /// an unfinished copy.
    pub fn open(settings: &Settings) -> Result<Self, StoreError> {
        let mut connection = connect(&settings.path)?;
        migrate(&mut connection)?;
        archive::refuse_unfinished(&connection)?;
        let writer = Writer::start(connection)?;
        let readers = Readers::start(settings)?;
        Ok(Self { writer, readers, pages: lists::PagePlaces::default() })
    }

    /// Copies the current state of the database to another file, without blocking other work.
    ///
    /// # Errors
    ///
    /// Fails when the other file cannot be written.
    pub async fn backup(&self, to: PathBuf) -> Result<(), StoreError> {
        self.readers
            .run_unbounded(move |connection| {
                // One snapshot for the whole copy: without it, each write of another connection
                // restarts the copy.
                let snapshot = connection.unchecked_transaction()?;
                snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
                snapshot.backup("main", &to, None::<fn(rusqlite::backup::Progress)>)?;
                snapshot.finish()
            })
            .await
    }

    /// Checks the integrity of the file. Returns the problems found; empty when there are none.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be read.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        self.readers
            .run_unbounded(|connection| {
                let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
                let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
                let mut complaints = lines.collect::<Result<Vec<_>, _>>()?;
                complaints.retain(|line| line != "ok");
                for trigger in ["audit_is_never_changed", "audit_is_never_shortened"] {
                    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name = ?";
                    if connection.query_row(sql, [trigger], |row| row.get::<_, i64>(0))? == 0 {
                        complaints
                            .push(format!("the trigger {trigger}, which protects the audit, was dropped"));
                    }
                }
                Ok(complaints)
            })
            .await
    }

    /// Gathers the planner's statistics, worthwhile after a bulk load.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be written.
    pub async fn analyze(&self) -> Result<(), StoreError> {
        self.writer
            .run(|connection| {
                connection.execute_batch("ANALYZE")?;
                writer::forget_samples(connection)
            })
            .await
    }
}

/// Opens a connection with this crate's settings.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(error)?;
    connection
        .execute_batch(
            // The page size takes effect only before the first table. A document of 1.4 kB wastes a
            // quarter of 4 kB pages.
            "PRAGMA page_size = 16384;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             -- What is deleted is overwritten: individuals have a right to it.
             PRAGMA secure_delete = ON;
             PRAGMA cache_size = -16384;
             PRAGMA mmap_size = 2147418112;
             PRAGMA temp_store = MEMORY;",
        )
        .map_err(error)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(error)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let applied = migrations::migrations::runner().run(connection).map_err(|error| match error.kind() {
        refinery::error::Kind::MissingVersion(_) => StoreError::NewerSchema,
        _ => StoreError::Unexpected(format!("migration: {error}")),
    })?;
    for migration in applied.applied_migrations() {
        tracing::info!(version = migration.version(), name = migration.name(), "schema migrated");
    }
    Ok(())
}

/// Maps SQLite's errors to those of the contract.
fn error(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OperationInterrupted, ReadOnly, SystemIoFailure,
    };
    match error.sqlite_error_code() {
        Some(OperationInterrupted) => StoreError::TooExpensive,
        Some(DatabaseBusy | DatabaseLocked | DiskFull | ReadOnly | SystemIoFailure | CannotOpen) => {
            StoreError::Unavailable(error.to_string())
        }
        _ => StoreError::Unexpected(error.to_string()),
    }
}
