//! Events received from OIs, and the secrets that these sign with.

use async_trait::async_trait;
use epissure_protocol::names::OperatorCode;
use epissure_store::{Action, Author, Inbox, Pair, Received, SigningSecret, StoreError};
use rusqlite::{Row, named_params};

use crate::audit::told;
use crate::columns::{code, instant};
use crate::{SqliteStore, audit, targets};

#[async_trait]
impl Inbox for SqliteStore {
    async fn inbound_secrets(&self, oi: &OperatorCode) -> Result<Vec<SigningSecret>, StoreError> {
        let oi = oi.as_str().to_owned();
        self.readers
            .run(move |reader| {
                let mut secrets =
                    reader.prepare_cached("SELECT secrets FROM inbound_secret WHERE oi = ? ORDER BY oc")?;
                let rows = secrets.query_map([oi], secrets_of)?.collect::<rusqlite::Result<Vec<_>>>()?;
                Ok(rows.into_iter().flatten().collect())
            })
            .await
    }

    async fn pair_inbound_secrets(&self, pair: &Pair) -> Result<Vec<SigningSecret>, StoreError> {
        let pair = pair.clone();
        self.readers
            .run(move |reader| {
                let mut secrets =
                    reader.prepare_cached("SELECT secrets FROM inbound_secret WHERE oi = ? AND oc = ?")?;
                let rows = secrets
                    .query_map([pair.oi.as_str(), pair.oc.as_str()], secrets_of)?
                    .collect::<rusqlite::Result<Vec<_>>>()?;
                Ok(rows.into_iter().flatten().collect())
            })
            .await
    }

    async fn put_inbound_secrets(
        &self,
        pair: &Pair,
        secrets: Vec<SigningSecret>,
        by: &Author,
    ) -> Result<(), StoreError> {
        let (pair, secrets, by) = (pair.clone(), targets::json(&secrets)?, by.clone());
        self.writer
            .run_erasing(move |connection| {
                connection.execute(
                    "INSERT INTO inbound_secret (oi, oc, secrets) VALUES (?, ?, ?)
                     ON CONFLICT (oi, oc) DO UPDATE SET secrets = excluded.secrets",
                    [pair.oi.as_str(), pair.oc.as_str(), secrets.as_str()],
                )?;
                audit::write(connection, &by, Action::InboundAccept, &pair.to_string(), (None, None))
            })
            .await
    }

    async fn receive(&self, received: Received, by: &Author) -> Result<bool, StoreError> {
        let by = by.clone();
        self.writer
            .run(move |connection| {
                let added = connection
                    .prepare_cached(
                        "INSERT INTO received (oi, source, id, type, subject, at, signed, document)
                         VALUES (:oi, :source, :id, :type, :subject, :at, :signed, :document)
                         ON CONFLICT (oi, source, id) DO NOTHING",
                    )?
                    .execute(named_params! {
                        ":oi": received.oi.as_str(),
                        ":source": received.source,
                        ":id": received.id,
                        ":type": received.kind,
                        ":subject": received.subject,
                        ":at": received.at.as_millisecond(),
                        ":signed": received.signed,
                        ":document": received.document,
                    })?;
                told(connection, added, &by, Action::EventReceive, &received.id)
            })
            .await
    }

    async fn received(&self, limit: u32) -> Result<Vec<Received>, StoreError> {
        self.readers
            .run(move |reader| {
                let mut newest = reader.prepare_cached(
                    "SELECT oi, source, id, type, subject, at, signed, document FROM received ORDER BY seq DESC LIMIT ?",
                )?;
                newest.query_map([limit], received)?.collect()
            })
            .await
    }
}

fn secrets_of(row: &Row<'_>) -> rusqlite::Result<Vec<SigningSecret>> {
    targets::from_json(row, 0)
}

fn received(row: &Row<'_>) -> rusqlite::Result<Received> {
    Ok(Received {
        oi: code(row, 0)?,
        source: row.get(1)?,
        id: row.get(2)?,
        kind: row.get(3)?,
        subject: row.get(4)?,
        at: instant(row, 5)?,
        signed: row.get(6)?,
        document: row.get(7)?,
    })
}
