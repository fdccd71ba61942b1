//! Events received from OIs, and the secrets that these sign with.

use async_trait::async_trait;
use epissure_protocol::names::OperatorCode;
use epissure_store::{Action, Author, Inbox, Pair, Received, SigningSecret, StoreError};
use sha2::{Digest as _, Sha256};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::PostgresStore;
use crate::rows::{column, instant, named};
use crate::targets::{from_json, json};

#[async_trait]
impl Inbox for PostgresStore {
    async fn inbound_secrets(&self, oi: &OperatorCode) -> Result<Vec<SigningSecret>, StoreError> {
        let sql = "SELECT secrets FROM inbound_secret WHERE oi = $1 ORDER BY oc";
        secrets_of(&self.rows(sql, &[&oi.as_str()]).await?)
    }

    async fn pair_inbound_secrets(&self, pair: &Pair) -> Result<Vec<SigningSecret>, StoreError> {
        let sql = "SELECT secrets FROM inbound_secret WHERE oi = $1 AND oc = $2";
        secrets_of(&self.rows(sql, &[&pair.oi.as_str(), &pair.oc.as_str()]).await?)
    }

    async fn put_inbound_secrets(
        &self,
        pair: &Pair,
        secrets: Vec<SigningSecret>,
        by: &Author,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO inbound_secret (oi, oc, secrets) VALUES ($1, $2, $3)
                   ON CONFLICT (oi, oc) DO UPDATE SET secrets = excluded.secrets";
        let parameters: [&(dyn ToSql + Sync); 3] = [&pair.oi.as_str(), &pair.oc.as_str(), &json(&secrets)?];
        self.write_one(sql, &parameters, by, Action::InboundAccept, &pair.to_string()).await?;
        Ok(())
    }

    async fn receive(&self, received: Received, by: &Author) -> Result<bool, StoreError> {
        let digest = digest(received.oi.as_str(), &received.source, &received.id);
        let parameters: [&(dyn ToSql + Sync); 9] = [
            &digest,
            &received.oi.as_str(),
            &received.source,
            &received.id,
            &received.kind,
            &received.subject,
            &received.at.as_millisecond(),
            &received.signed,
            &received.document,
        ];
        let sql = "INSERT INTO received (digest, oi, source, id, type, subject, at, signed, document)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                   ON CONFLICT (digest) DO NOTHING";
        self.write_one(sql, &parameters, by, Action::EventReceive, &received.id).await
    }

    async fn received(&self, limit: u32) -> Result<Vec<Received>, StoreError> {
        let sql = "SELECT oi, source, id, type, subject, at, signed, document
                   FROM received ORDER BY seq DESC LIMIT $1";
        self.rows(sql, &[&i64::from(limit)]).await?.iter().map(received).collect()
    }
}

/// Returns the digest that identifies an event. The parts cannot be confused: none contains the
/// separator.
pub(crate) fn digest(oi: &str, source: &str, id: &str) -> Vec<u8> {
    Sha256::digest(format!("{oi}\0{source}\0{id}")).to_vec()
}

fn secrets_of(rows: &[Row]) -> Result<Vec<SigningSecret>, StoreError> {
    let each: Vec<Vec<SigningSecret>> =
        rows.iter().map(|row| from_json(row, 0)).collect::<Result<_, StoreError>>()?;
    Ok(each.into_iter().flatten().collect())
}

fn received(row: &Row) -> Result<Received, StoreError> {
    Ok(Received {
        oi: named(row, 0, OperatorCode::parse)?,
        source: column(row, 1)?,
        id: column(row, 2)?,
        kind: column(row, 3)?,
        subject: column(row, 4)?,
        at: instant(row, 5)?,
        signed: column(row, 6)?,
        document: column(row, 7)?,
    })
}
