//! Writes to individuals.

use epissure_protocol::names::{IndividualId, OperatorCode, Version};
use epissure_store::{Idempotency, Registered, Replaced};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::parties::individual;
use crate::party_rows::{PartyRow, erase_individual};
use crate::render::party::numbers_of;

/// Inserts an individual, unless its request has already been processed.
pub(crate) fn add(
    connection: &Connection,
    row: &PartyRow,
    operator: &OperatorCode,
    key: Option<&Idempotency>,
    at: Timestamp,
) -> rusqlite::Result<Registered> {
    if let Some(key) = key
        && let Some(earlier) = earlier_answer(connection, key)?
    {
        return Ok(earlier);
    }
    let seq = row.insert(connection, Some((operator.as_str(), numbers_of(operator))))?;
    if let Some(key) = key {
        connection
            .prepare_cached(
                "INSERT INTO idempotency
                     (client, key, fingerprint, at, individual, version, document, contact_medium)
                 SELECT ?, ?, ?, ?, id, version, document, contact_medium FROM individual WHERE seq = ?",
            )?
            .execute(params![key.client.0, key.key, key.fingerprint, at.as_millisecond(), seq])?;
    }
    Ok(Registered::Added)
}

fn earlier_answer(connection: &Connection, key: &Idempotency) -> rusqlite::Result<Option<Registered>> {
    connection
        .prepare_cached("DELETE FROM idempotency WHERE at < ?")?
        .execute([key.forget_before.as_millisecond()])?;
    connection
        .prepare_cached(
            "SELECT individual, version, document, contact_medium, fingerprint FROM idempotency
             WHERE client = ? AND key = ?",
        )?
        .query_row([&key.client.0, &key.key], |row| {
            let of_an_individual = row.get_ref(0)?.as_str_or_null()?.is_some();
            if !of_an_individual || row.get_ref(4)?.as_blob()? != key.fingerprint {
                return Ok(Registered::Contradicted);
            }
            individual(row).map(Registered::Repeated)
        })
        .optional()
}

/// Returns the number of an operator's individual if it has the expected version, or else the
/// reason for refusing the write.
pub(crate) fn find(
    connection: &Connection,
    id: IndividualId,
    operator: &OperatorCode,
    expected: Option<Version>,
) -> rusqlite::Result<Result<i64, Replaced>> {
    let found = connection
        .prepare_cached("SELECT seq, version FROM individual WHERE id = ? AND operator = ?")?
        .query_row(params![id.to_string(), operator.as_str()], |row| {
            let version: String = row.get(1)?;
            let stale = expected.is_some_and(|expected| expected.to_string() != version);
            if stale { Ok(Err(Replaced::Stale)) } else { Ok(Ok(row.get(0)?)) }
        })
        .optional()?;
    Ok(found.unwrap_or(Err(Replaced::Missing)))
}

/// Deletes an individual and all data derived from it, including the stored response to the request
/// that inserted it.
pub(crate) fn erase(connection: &Connection, id: IndividualId, seq: i64) -> rusqlite::Result<()> {
    erase_individual(connection, seq)?;
    connection.prepare_cached("DELETE FROM idempotency WHERE individual = ?")?.execute([id.to_string()])?;
    Ok(())
}
