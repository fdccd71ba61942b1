//! The optional index of the texts in tickets.
//!
//! It serves equality with members that have no column: `issues.building.name.value=B`. It contains
//! a hash of each piece of a document between two quotes, and so of each text that JSON writes
//! unescaped. Matching rows are evaluated again. It accepts any document: an index on the document
//! as `jsonb` would reject a zero character, and with it the write.

use std::time::Duration;

use epissure_store::StoreError;
use tokio_postgres::Client;

use crate::error::error;
use crate::pool::{Pools, connection};
use crate::{OpenError, PostgresStore, schema};

/// SQL function that returns the hashes of a document's texts.
pub(crate) const TEXTS: &str = "ticket_texts";
/// Minimum length of an indexed text, in bytes: the pieces between texts are shorter.
pub(crate) const SHORTEST: usize = 3;

/// Definition of the function. Its high cost makes the planner prefer the index for any number of
/// rows.
const FUNCTION: &str = r#"
    CREATE OR REPLACE FUNCTION ticket_texts(document text) RETURNS integer[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
        SELECT coalesce(array_agg(hashtext(piece COLLATE "C")), '{}')
        FROM unnest(string_to_array(document, '"')) AS piece WHERE octet_length(piece) >= 3
    $$"#;
/// `CONCURRENTLY` leaves tickets readable and writable meanwhile.
const INDEX: &str = "CREATE INDEX CONCURRENTLY ticket_by_text ON ticket USING gin (ticket_texts(document))";
const IS_VALID: &str = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ticket_by_text')";
/// Advisory lock of the index creation: one at a time.
const MAKING: i64 = 0x6570_6973_7465_7874;
const PROGRESS: &str = "
    SELECT phase, blocks_done, blocks_total FROM pg_stat_progress_create_index
    WHERE relid = to_regclass('ticket')";
/// Interval between two progress reports.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Progress of an index creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making {
    /// Phase, as named by PostgreSQL.
    pub phase: String,
    /// Number of table blocks read.
    pub done: u64,
    /// Total number of blocks; 0 when the phase reads none.
    pub of: u64,
}

/// Result of the index creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indexed {
    /// The index was created.
    Made,
    /// The index already existed.
    Before,
    /// Another process is creating the index.
    ByAnother,
}

/// Checks that a valid index exists.
pub(crate) async fn is_indexed(pools: &Pools) -> Result<bool, StoreError> {
    let client = connection(&pools.reads).await?;
    Ok(validity(&client).await? == Some(true))
}

async fn validity(client: &Client) -> Result<Option<bool>, StoreError> {
    let row = client.query_opt(IS_VALID, &[]).await.map_err(error)?;
    row.map(|row| row.try_get(0).map_err(error)).transpose()
}

impl PostgresStore {
    /// Returns true when lists use the index of the texts in tickets, which existed when the
    /// database was opened.
    #[must_use]
    pub const fn is_indexed_by_text(&self) -> bool {
        self.by_text
    }

    /// Creates the index of the texts in tickets without blocking reads and writes, and reports its
    /// progress from time to time. Servers use the index after a restart.
    ///
    /// # Errors
    ///
    /// Fails when the database does not answer, or the role may not create an index.
    pub async fn index_texts(&self, mut tell: impl FnMut(Making)) -> Result<Indexed, OpenError> {
        // Uses connections of its own: those of the pools have time-outs of a few seconds.
        let maker = schema::connect(&self.address).await.map_err(|error| schema::refused(&error))?;
        let watcher = schema::connect(&self.address).await.map_err(|error| schema::refused(&error))?;
        let free =
            maker.query_one("SELECT pg_try_advisory_lock($1)", &[&MAKING]).await.map_err(schema::denied)?;
        if !free.try_get(0).map_err(schema::denied)? {
            return Ok(Indexed::ByAnother);
        }
        match validity(&maker).await? {
            Some(true) => return Ok(Indexed::Before),
            // An earlier creation was interrupted.
            Some(false) => {
                maker
                    .batch_execute("DROP INDEX CONCURRENTLY ticket_by_text")
                    .await
                    .map_err(schema::denied)?;
            }
            None => {}
        }
        maker.batch_execute(FUNCTION).await.map_err(schema::denied)?;
        let mut making = std::pin::pin!(maker.batch_execute(INDEX));
        loop {
            if let Ok(made) = tokio::time::timeout(BETWEEN_LOOKS, &mut making).await {
                made.map_err(schema::denied)?;
                break;
            }
            // Errors of the progress query are ignored.
            if let Ok(Some(row)) = watcher.query_opt(PROGRESS, &[]).await {
                let blocks = |at| row.try_get::<_, i64>(at).unwrap_or_default().unsigned_abs();
                let phase = row.try_get(0).unwrap_or_default();
                tell(Making { phase, done: blocks(1), of: blocks(2) });
            }
        }
        // Gather the planner's statistics of the index.
        maker.batch_execute("ANALYZE ticket").await.map_err(schema::denied)?;
        Ok(Indexed::Made)
    }
}
