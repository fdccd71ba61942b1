//! The storage contract on PostgreSQL.
//!
//! Several servers may share one database. Writes share transactions (`writer`), whose last step
//! numbers and commits their events (`append`). Each list is read in one snapshot (`snapshot`), by
//! indexes or by evaluating each row in this program (`walk`). SQL text that depends on a query is
//! built in `render` only. The layout was chosen by measurements, summarized in the project's
//! decision records.

mod access;
mod address;
mod append;
mod archive;
mod attachments;
mod audit;
mod bound;
mod cost;
mod deliveries;
mod delivery_writes;
mod error;
mod events;
mod hidden;
mod idempotency;
mod inbox;
mod lists;
mod news;
mod parties;
mod party_import;
mod party_rows;
mod party_writes;
mod passwords;
mod pool;
mod render;
mod retention;
mod rows;
mod schema;
mod snapshot;
mod subresources;
mod tables;
mod targets;
mod texts;
mod ticket_row;
mod tickets;
mod tls;
mod totals;
mod trigrams;
mod unit;
mod walk;
mod writer;

#[cfg(feature = "testing")]
pub mod testing;

use std::sync::Arc;
use std::time::Duration;

use epissure_store::StoreError;

pub use address::{Address, AddressError};
pub use archive::PostgresArchive;
pub use lists::Explanation;
pub use news::{Listener, News};
use pool::Pools;
pub use texts::{Indexed, Making};
use totals::Totals;
use writer::Writer;

/// Settings of a database.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address of the database.
    pub address: Address,
    /// Number of connections for queries that indexes answer.
    pub readers: usize,
    /// Maximum number of concurrent queries that scan rows.
    pub scanners: usize,
    /// Number of connections for writes.
    pub writers: usize,
    /// Time limit of one query.
    pub query_budget: Duration,
    /// Creates the tables in a database that has none.
    pub create: bool,
}

impl Settings {
    /// Returns the default settings: four readers and four writers per core, one scan per four
    /// cores, and five seconds per query. Connections are opened on demand.
    #[must_use]
    pub fn new(address: Address) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            address,
            readers: cores * 4,
            scanners: (cores / 4).max(1),
            writers: cores * 4,
            query_budget: Duration::from_secs(5),
            create: true,
        }
    }
}

/// Returns the number of writer lanes: one per core with the default settings. With more, fewer
/// jobs would share each commit, and none would finish earlier.
const fn lanes(writers: usize) -> usize {
    match writers {
        0..=2 => writers,
        3..=8 => 2,
        more => more / 4,
    }
}

/// Reason why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Every host refused the connection.
    #[error("{what}")]
    Refused {
        /// Message of the server.
        what: String,
    },
    /// The server's version is too old.
    #[error("it is PostgreSQL {version}, and 13 is the oldest that works")]
    TooOld {
        /// Version of the server.
        version: String,
    },
    /// The database's encoding cannot store every text.
    #[error("its encoding is {encoding}, and must be UTF8")]
    Encoding {
        /// Encoding of the database.
        encoding: String,
    },
    /// The database has no tables of this program, and the settings forbid creating them.
    #[error("it has no tables of epissure")]
    Empty,
    /// The role lacks a privilege.
    #[error("the role has too few rights: {what}")]
    Rights {
        /// Message of the server.
        what: String,
    },
    /// Any other error.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An open database.
pub struct PostgresStore {
    address: Address,
    pools: Pools,
    writer: Arc<Writer>,
    totals: Arc<Totals>,
    /// True when the index of the texts in tickets existed on opening.
    by_text: bool,
}

impl PostgresStore {
    /// Opens a database and migrates its schema.
    ///
    /// # Errors
    ///
    /// Fails when it is unreachable or unsuitable, its schema is newer than this version, or it
    /// contains an unfinished copy.
    pub async fn open(settings: &Settings) -> Result<Self, OpenError> {
        let client = schema::migrate(settings).await?;
        schema::refuse_unfinished(&client).await?;
        let address = settings.address.clone();
        let pools = Pools::new(settings)?;
        let writer = Writer::new(pools.writes.clone(), lanes(settings.writers));
        let by_text = texts::is_indexed(&pools).await?;
        Ok(Self { address, pools, writer, totals: Arc::default(), by_text })
    }

    /// Checks for damage that PostgreSQL itself can detect. Returns the problems found; empty when
    /// there are none.
    ///
    /// # Errors
    ///
    /// Fails when the database does not answer.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
                   WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace ORDER BY 1";
        let rows = self.rows(sql, &[]).await?;
        let complaint = |row| {
            let name: String = rows::column(row, 0)?;
            Ok(format!("the index {name} is not valid: REINDEX INDEX CONCURRENTLY {name}"))
        };
        let mut complaints = rows.iter().map(complaint).collect::<Result<Vec<String>, StoreError>>()?;
        let sql = "SELECT tgname::text FROM pg_trigger WHERE tgrelid = 'audit'::regclass AND tgenabled = 'O'";
        let rows = self.rows(sql, &[]).await?;
        let enabled: Vec<String> = rows.iter().map(|row| rows::column(row, 0)).collect::<Result<_, _>>()?;
        for trigger in ["audit_is_never_changed", "audit_is_never_shortened"] {
            if !enabled.iter().any(|name| name == trigger) {
                complaints.push(format!(
                    "the trigger {trigger}, which protects the audit, was dropped or disabled"
                ));
            }
        }
        Ok(complaints)
    }

    /// Gathers the planner's statistics and updates the visibility map, so that counts need not
    /// read the rows. Worthwhile after a bulk load.
    ///
    /// # Errors
    ///
    /// Fails when the database does not answer, or the role does not own its tables.
    pub async fn analyze(&self) -> Result<(), StoreError> {
        let client = pool::connection(&self.pools.writes).await?;
        client.batch_execute("VACUUM (ANALYZE)").await.map_err(error::error)
    }
}
