//! Idempotency keys, which make repeating a request harmless.
//!
//! The key is inserted first. Of two concurrent requests with the same key, the second waits for
//! the end of the first, and then finds its result.

use epissure_store::{Idempotency, Replay, StoreError};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::rows::{column, instant};
use crate::unit::{Fault, Unit};

/// Earlier request with the same key.
pub(crate) enum Earlier {
    /// The same request.
    Same(Replay),
    /// A different request.
    Another,
}

/// Stored response to a request.
pub(crate) struct Answer<'a> {
    pub(crate) at: Timestamp,
    pub(crate) document: &'a str,
    /// For an individual: its identifier, version and contact medium.
    pub(crate) individual: Option<(&'a str, &'a str, Option<&'a str>)>,
}

/// Stores the response to a request. Returns `false` when its key is already used and has not
/// expired.
pub(crate) async fn remember(unit: &mut Unit, key: &Idempotency, answer: &Answer<'_>) -> Result<bool, Fault> {
    let (individual, version, contact_medium) = match answer.individual {
        Some((id, version, contact_medium)) => (Some(id), Some(version), contact_medium),
        None => (None, None, None),
    };
    let fingerprint = key.fingerprint.as_slice();
    let [at, forgotten] = [answer.at, key.forget_before].map(Timestamp::as_millisecond);
    let parameters: [&(dyn ToSql + Sync); 9] = [
        &key.client.0,
        &key.key,
        &fingerprint,
        &at,
        &individual,
        &version,
        &answer.document,
        &contact_medium,
        &forgotten,
    ];
    let kept = unit
        .row(
            "INSERT INTO idempotency
                 (client, key, fingerprint, at, individual, version, document, contact_medium)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (client, key) DO UPDATE SET
                 fingerprint = excluded.fingerprint, at = excluded.at, individual = excluded.individual,
                 version = excluded.version, document = excluded.document,
                 contact_medium = excluded.contact_medium
             WHERE idempotency.at < $9
             RETURNING at",
            &parameters,
        )
        .await?;
    Ok(kept.is_some())
}

/// Returns the request that used a key before. If its row has since been deleted, the job restarts.
pub(crate) async fn row(unit: &mut Unit, key: &Idempotency) -> Result<Row, Fault> {
    let sql = "SELECT individual, version, document, contact_medium, fingerprint, at FROM idempotency
               WHERE client = $1 AND key = $2";
    let gone = || StoreError::Unavailable("the key of a request was forgotten meanwhile".to_owned());
    Ok(unit.row(sql, &[&key.client.0, &key.key]).await?.ok_or_else(gone)?)
}

/// Returns the ticket or resource that an earlier request with this key created.
pub(crate) async fn earlier(unit: &mut Unit, key: &Idempotency) -> Result<Earlier, Fault> {
    let row = row(unit, key).await?;
    let of_an_individual = column::<Option<&str>>(&row, 0)?.is_some();
    if of_an_individual || column::<&[u8]>(&row, 4)? != key.fingerprint {
        return Ok(Earlier::Another);
    }
    Ok(Earlier::Same(Replay { document: column(&row, 2)?, at: instant(&row, 5)? }))
}
