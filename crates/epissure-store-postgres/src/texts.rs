//! The index of the texts in tickets, which a database may have.
//!
//! It is for equality with members that have no column: `issues.building.name.value=B`. It holds a number for each piece
//! of a document between two quotes, so each text that JSON writes as it is, wherever it stands; what it finds is looked
//! at again. It takes any document: an index of the document as `jsonb` would refuse those with a zero character, and
//! with them the write.

use std::time::Duration;

use epissure_store::StoreError;
use tokio_postgres::Client;

use crate::error::error;
use crate::pool::{Pools, connection};
use crate::{OpenError, PostgresStore, schema};

/// The function that gives the numbers of a document's texts.
pub(crate) const TEXTS: &str = "ticket_texts";
/// The shortest text that has a number, in bytes: the pieces between texts are shorter.
pub(crate) const SHORTEST: usize = 3;

/// The function. It costs too much to be preferred to the index for any number of rows.
const FUNCTION: &str = r#"
    CREATE OR REPLACE FUNCTION ticket_texts(document text) RETURNS integer[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
        SELECT coalesce(array_agg(hashtext(piece COLLATE "C")), '{}')
        FROM unnest(string_to_array(document, '"')) AS piece WHERE octet_length(piece) >= 3
    $$"#;
/// Tickets are read and written meanwhile.
const INDEX: &str = "CREATE INDEX CONCURRENTLY ticket_by_text ON ticket USING gin (ticket_texts(document))";
const IS_VALID: &str = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ticket_by_text')";
/// The lock of those who make it: one at a time.
const MAKING: i64 = 0x6570_6973_7465_7874;
const PROGRESS: &str = "
    SELECT phase, blocks_done, blocks_total FROM pg_stat_progress_create_index
    WHERE relid = to_regclass('ticket')";
/// How often one looks how far it is.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// How far the making of an index is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making {
    /// What PostgreSQL does, in its words.
    pub phase: String,
    /// How many blocks of the table it has read for it.
    pub done: u64,
    /// How many there are; 0 when the phase reads none.
    pub of: u64,
}

/// What became of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indexed {
    /// It was made.
    Made,
    /// It was there.
    Before,
    /// Somebody else is making it.
    ByAnother,
}

/// Whether the index is there, whole.
pub(crate) async fn is_indexed(pools: &Pools) -> Result<bool, StoreError> {
    let client = connection(&pools.reads).await?;
    Ok(validity(&client).await? == Some(true))
}

async fn validity(client: &Client) -> Result<Option<bool>, StoreError> {
    let row = client.query_opt(IS_VALID, &[]).await.map_err(error)?;
    row.map(|row| row.try_get(0).map_err(error)).transpose()
}

impl PostgresStore {
    /// Whether lists use an index of the texts in tickets: whether there was one when the database was opened.
    #[must_use]
    pub const fn is_indexed_by_text(&self) -> bool {
        self.by_text
    }

    /// Makes the index of the texts in tickets, while they are read and written, and tells now and then how far it is.
    /// Servers use it once they are started anew.
    ///
    /// # Errors
    /// When the database does not answer, or the role may not make an index.
    pub async fn index_texts(&self, mut tell: impl FnMut(Making)) -> Result<Indexed, OpenError> {
        // Connections of its own: the pools' are told to wait for no more than some seconds.
        let maker = schema::connect(&self.address).await.map_err(|error| schema::refused(&error))?;
        let watcher = schema::connect(&self.address).await.map_err(|error| schema::refused(&error))?;
        let free =
            maker.query_one("SELECT pg_try_advisory_lock($1)", &[&MAKING]).await.map_err(schema::denied)?;
        if !free.try_get(0).map_err(schema::denied)? {
            return Ok(Indexed::ByAnother);
        }
        match validity(&maker).await? {
            Some(true) => return Ok(Indexed::Before),
            // One that was begun and not finished.
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
            // What cannot be told is not told.
            if let Ok(Some(row)) = watcher.query_opt(PROGRESS, &[]).await {
                let blocks = |at| row.try_get::<_, i64>(at).unwrap_or_default().unsigned_abs();
                let phase = row.try_get(0).unwrap_or_default();
                tell(Making { phase, done: blocks(1), of: blocks(2) });
            }
        }
        // What the planner is to know of it.
        maker.batch_execute("ANALYZE ticket").await.map_err(schema::denied)?;
        Ok(Indexed::Made)
    }
}
