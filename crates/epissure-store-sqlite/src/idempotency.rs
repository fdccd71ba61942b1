//! Idempotency keys of requests that opened a ticket or added a note. The keys of individuals are
//! deleted with them, and are handled by their writes.

use epissure_store::{Idempotency, Replay};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

use crate::columns::instant;
/// Earlier request with the same key.
pub(crate) enum Earlier {
    /// The same request.
    Same(Replay),
    /// A different request.
    Another,
}

/// Returns the request that used a key before, if it is still stored.
pub(crate) fn earlier(connection: &Connection, key: &Idempotency) -> rusqlite::Result<Option<Earlier>> {
    connection
        .prepare_cached("DELETE FROM idempotency WHERE at < ?")?
        .execute([key.forget_before.as_millisecond()])?;
    let mut statement = connection.prepare_cached(
        "SELECT fingerprint, document, at, individual FROM idempotency WHERE client = ? AND key = ?",
    )?;
    statement
        .query_row([&key.client.0, &key.key], |row| {
            let of_an_individual = row.get_ref(3)?.as_str_or_null()?.is_some();
            if of_an_individual || row.get_ref(0)?.as_blob()? != key.fingerprint {
                return Ok(Earlier::Another);
            }
            let at = instant(row, 2)?;
            Ok(Earlier::Same(Replay { document: row.get(1)?, at }))
        })
        .optional()
}

/// Stores the response to a request.
pub(crate) fn remember(
    connection: &Connection,
    key: &Idempotency,
    at: Timestamp,
    document: &str,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO idempotency (client, key, fingerprint, at, document)
         VALUES (:client, :key, :fingerprint, :at, :document)",
    )?;
    statement.execute(named_params! {
        ":client": key.client.0,
        ":key": key.key,
        ":fingerprint": key.fingerprint,
        ":at": at.as_millisecond(),
        ":document": document,
    })?;
    Ok(())
}
