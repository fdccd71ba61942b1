//! The storage contract on an embedded SQLite database.
//!
//! One thread writes, and commits together what has gathered while it was writing (`writer`); a few threads read,
//! each on its own connection (`readers`). SQL text is built in `render` only. The layout was decided by
//! measurements, summed up in the project's decision records.

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

/// The name of the database within a data folder.
pub const FILE_NAME: &str = "epissure.sqlite";

/// How long a connection waits for a lock of another.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How the database is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database file.
    pub path: PathBuf,
    /// Connections that answer what indexes serve.
    pub readers: usize,
    /// Connections that go through the tickets for what no index serves: as many such queries run at once.
    pub scanners: usize,
    /// How long one query may read.
    pub query_budget: Duration,
}

impl Settings {
    /// The usual settings for a file: two readers a core, one scan at a time, and five seconds a query.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { path, readers: cores * 2, scanners: (cores / 4).max(1), query_budget: Duration::from_secs(5) }
    }
}

/// A database, open.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    pages: lists::PagePlaces,
}

impl SqliteStore {
    /// Opens a database, creates it when there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, its schema is not one that this version knows, or it holds an unfinished copy.
    pub fn open(settings: &Settings) -> Result<Self, StoreError> {
        let mut connection = connect(&settings.path)?;
        migrate(&mut connection)?;
        archive::refuse_unfinished(&connection)?;
        let writer = Writer::start(connection)?;
        let readers = Readers::start(settings)?;
        Ok(Self { writer, readers, pages: lists::PagePlaces::default() })
    }

    /// Copies the database, as it is now, to another file; work goes on meanwhile.
    ///
    /// # Errors
    /// When the other file cannot be written.
    pub async fn backup(&self, to: PathBuf) -> Result<(), StoreError> {
        self.readers
            .run_unbounded(move |connection| {
                // One snapshot for the whole copy: without it, each write of another connection begins it anew.
                let snapshot = connection.unchecked_transaction()?;
                snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
                snapshot.backup("main", &to, None::<fn(rusqlite::backup::Progress)>)?;
                snapshot.finish()
            })
            .await
    }

    /// Checks that the file is sound; the complaints found, none when it is.
    ///
    /// # Errors
    /// When the file cannot be read.
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

    /// Lets the database's own planner learn the distribution of what it holds; worth doing after a bulk load.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn analyze(&self) -> Result<(), StoreError> {
        self.writer
            .run(|connection| {
                connection.execute_batch("ANALYZE")?;
                writer::forget_samples(connection)
            })
            .await
    }
}

/// Opens one connection as every connection of this crate is.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(error)?;
    connection
        .execute_batch(
            // The page size counts only before the first table: a document of 1.4 kB wastes a quarter of 4 kB pages.
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

/// SQLite's errors in the contract's words.
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
