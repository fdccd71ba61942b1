//! The storage contract on PostgreSQL.
//!
//! Several servers may share one database. Writes share transactions (`writer`), whose last step numbers and commits their
//! events (`append`); each list is read in one snapshot (`snapshot`), from what indexes answer or by looking at each row here
//! (`walk`). SQL text that depends on a query is built in `render` only. The layout was decided by measurements, summed
//! up in the project's decision records.

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

/// How the database is used.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it is.
    pub address: Address,
    /// Connections that answer what indexes serve.
    pub readers: usize,
    /// Queries that go through the rows, for what no index serves, at once.
    pub scanners: usize,
    /// Connections that write.
    pub writers: usize,
    /// How long one query may take.
    pub query_budget: Duration,
    /// Whether a database that has no tables gets them.
    pub create: bool,
}

impl Settings {
    /// The usual settings: four readers a core and as many writers, one scan at a time for four cores, and five seconds
    /// a query. Connections are made when they are needed.
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

/// How many write at once what waits: as many as there are cores, with the usual settings. More would share a commit with
/// fewer, and end no sooner.
const fn lanes(writers: usize) -> usize {
    match writers {
        0..=2 => writers,
        3..=8 => 2,
        more => more / 4,
    }
}

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No host lets one in.
    #[error("{what}")]
    Refused {
        /// What it says.
        what: String,
    },
    /// The server is too old.
    #[error("it is PostgreSQL {version}, and 13 is the oldest that works")]
    TooOld {
        /// Its version.
        version: String,
    },
    /// The database does not keep every text.
    #[error("its encoding is {encoding}, and must be UTF8")]
    Encoding {
        /// Its encoding.
        encoding: String,
    },
    /// It has no tables of ours, and was to have some.
    #[error("it has no tables of epissure")]
    Empty,
    /// The role may not do what is needed.
    #[error("the role has too few rights: {what}")]
    Rights {
        /// What the server says.
        what: String,
    },
    /// Anything else.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A database, open.
pub struct PostgresStore {
    address: Address,
    pools: Pools,
    writer: Arc<Writer>,
    totals: Arc<Totals>,
    /// Whether there was an index of the texts in tickets when it was opened.
    by_text: bool,
}

impl PostgresStore {
    /// Opens a database and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be reached, is none that works, its schema is not one that this version knows, or it holds an
    /// unfinished copy.
    pub async fn open(settings: &Settings) -> Result<Self, OpenError> {
        let client = schema::migrate(settings).await?;
        schema::refuse_unfinished(&client).await?;
        let address = settings.address.clone();
        let pools = Pools::new(settings)?;
        let writer = Writer::new(pools.writes.clone(), lanes(settings.writers));
        let by_text = texts::is_indexed(&pools).await?;
        Ok(Self { address, pools, writer, totals: Arc::default(), by_text })
    }

    /// Looks for what PostgreSQL itself knows to be unsound; the complaints found, none when it is sound.
    ///
    /// # Errors
    /// When the database does not answer.
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

    /// Lets the database's own planner learn the distribution of what it holds, and marks what is seen by all so that
    /// counts need not look; worth doing after a bulk load.
    ///
    /// # Errors
    /// When the database does not answer, or the role does not own its tables.
    pub async fn analyze(&self) -> Result<(), StoreError> {
        let client = pool::connection(&self.pools.writes).await?;
        client.batch_execute("VACUUM (ANALYZE)").await.map_err(error::error)
    }
}
