//! Operators, clients, contracts and tokens.

use async_trait::async_trait;
use epissure_protocol::names::OperatorCode;
use epissure_store::{
    Access, Action, Author, Client, ClientId, Contract, Operator, Role, SecretHash, StoreError, StoredToken,
    TokenHash,
};
use futures_util::future;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::PostgresStore;
use crate::error::error;
use crate::hidden::hidden;
use crate::rows::{column, instant, named};

#[async_trait]
impl Access for PostgresStore {
    async fn put_operator(&self, operator: Operator, by: &Author) -> Result<(), StoreError> {
        self.write_one(
            "INSERT INTO operator (code, name, is_oi, is_oc, siren, strict_creation)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (code) DO UPDATE SET
                 name = excluded.name, is_oi = excluded.is_oi, is_oc = excluded.is_oc,
                 siren = excluded.siren, strict_creation = excluded.strict_creation",
            &[
                &operator.code.as_str(),
                &operator.name,
                &operator.is_oi,
                &operator.is_oc,
                &operator.siren,
                &operator.strict_creation,
            ],
            by,
            Action::OperatorSet,
            operator.code.as_str(),
        )
        .await?;
        Ok(())
    }

    async fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        let rows = self.rows(&format!("{OPERATOR} ORDER BY code"), &[]).await?;
        rows.iter().map(operator).collect()
    }

    async fn operator(&self, code: &OperatorCode) -> Result<Option<Operator>, StoreError> {
        self.row(&format!("{OPERATOR} WHERE code = $1"), &[&code.as_str()])
            .await?
            .as_ref()
            .map(operator)
            .transpose()
    }

    async fn add_client(&self, client: Client, by: &Author) -> Result<bool, StoreError> {
        let (sha256, argon2) = secret_columns(&client.secret);
        self.write_one(
            "INSERT INTO client (id, operator, role, scopes, secret_sha256, secret_argon2, revoked, created)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (id) DO NOTHING",
            &[
                &client.id.0,
                &client.operator.as_str(),
                &client.role.as_str(),
                &client.scopes.join(" "),
                &sha256,
                &argon2,
                &client.revoked.map(Timestamp::as_millisecond),
                &client.created.as_millisecond(),
            ],
            by,
            Action::ClientAdd,
            &client.id.0,
        )
        .await
    }

    async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        let rows = self.rows(&format!("{CLIENT} ORDER BY id"), &[]).await?;
        rows.iter().map(client).collect()
    }

    async fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        self.row(&format!("{CLIENT} WHERE id = $1"), &[&id.0]).await?.as_ref().map(client).transpose()
    }

    async fn set_client_secret(
        &self,
        id: &ClientId,
        secret: SecretHash,
        by: &Author,
    ) -> Result<bool, StoreError> {
        let (sha256, argon2) = secret_columns(&secret);
        let sql = "WITH ended AS (DELETE FROM token WHERE client = $3)
                   UPDATE client SET secret_sha256 = $1, secret_argon2 = $2, revoked = NULL WHERE id = $3";
        self.write_one(sql, &[&sha256, &argon2, &id.0], by, Action::ClientRotate, &id.0).await
    }

    async fn revoke_client(&self, id: &ClientId, by: &Author) -> Result<bool, StoreError> {
        let sql = "WITH ended AS (DELETE FROM token WHERE client = $2)
                   UPDATE client SET revoked = coalesce(revoked, $1) WHERE id = $2";
        self.write_one(sql, &[&by.at.as_millisecond(), &id.0], by, Action::ClientRevoke, &id.0).await
    }

    async fn put_contract(&self, contract: Contract, by: &Author) -> Result<(), StoreError> {
        self.write_one(
            "INSERT INTO contract (oi, oc, answer_delay, validation_delay, bulk_limit, rate)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (oi, oc) DO UPDATE SET
                 answer_delay = excluded.answer_delay, validation_delay = excluded.validation_delay,
                 bulk_limit = excluded.bulk_limit, rate = excluded.rate",
            &[
                &contract.oi.as_str(),
                &contract.oc.as_str(),
                &contract.answer_delay,
                &contract.validation_delay,
                &i64::try_from(contract.bulk_limit).unwrap_or(i64::MAX),
                &contract.rate.map(i64::from),
            ],
            by,
            Action::ContractSet,
            &format!("{}/{}", contract.oi, contract.oc),
        )
        .await?;
        Ok(())
    }

    async fn contracts(&self) -> Result<Vec<Contract>, StoreError> {
        let rows = self.rows(&format!("{CONTRACT} ORDER BY oi, oc"), &[]).await?;
        rows.iter().map(contract).collect()
    }

    async fn contract(&self, oi: &OperatorCode, oc: &OperatorCode) -> Result<Option<Contract>, StoreError> {
        let sql = format!("{CONTRACT} WHERE oi = $1 AND oc = $2");
        self.row(&sql, &[&oi.as_str(), &oc.as_str()]).await?.as_ref().map(contract).transpose()
    }

    async fn add_token(&self, token: StoredToken, quota: u32, window: Timestamp) -> Result<bool, StoreError> {
        let client = crate::pool::connection(&self.pools.writes).await?;
        let lock = client.prepare_cached("SELECT 1 FROM client WHERE id = $1 FOR NO KEY UPDATE").await;
        let insert = client
            .prepare_cached(
                "INSERT INTO token (hash, client, scopes, issued, expires)
                 SELECT $1, $2, $3, $4, $5
                 WHERE (SELECT count(*) FROM token WHERE client = $2 AND issued > $6) < $7",
            )
            .await;
        let (lock, insert) = (lock.map_err(error)?, insert.map_err(error)?);
        let (hash, scopes, quota) = (token.hash.0.as_slice(), token.scopes.join(" "), i64::from(quota));
        let [issued, expires, window] = [token.issued, token.expires, window].map(Timestamp::as_millisecond);
        let locked: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&token.client.0];
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
            [&hash, &token.client.0, &scopes, &issued, &expires, &window, &quota];
        // Sent as one pipeline. Concurrent requests of a client wait for the lock, so that each
        // counts the tokens before it.
        let (begun, locked, added, committed) = future::join4(
            client.batch_execute("BEGIN"),
            client.execute_raw(&lock, hidden(&locked)),
            client.execute_raw(&insert, hidden(&values)),
            client.batch_execute("COMMIT"),
        )
        .await;
        begun.map_err(error)?;
        locked.map_err(error)?;
        let added = added.map_err(error)?;
        committed.map_err(error)?;
        Ok(added == 1)
    }

    async fn token(&self, hash: TokenHash) -> Result<Option<StoredToken>, StoreError> {
        let row = self
            .row(
                "SELECT token.client, client.operator, client.role, token.scopes, token.issued, token.expires
                 FROM token JOIN client ON client.id = token.client
                 WHERE token.hash = $1 AND token.revoked IS NULL AND client.revoked IS NULL",
                &[&hash.0.as_slice()],
            )
            .await?;
        let read = |row: &Row| {
            Ok(StoredToken {
                hash,
                client: ClientId(column(row, 0)?),
                operator: code(row, 1)?,
                role: role(row, 2)?,
                scopes: words(row, 3)?,
                issued: instant(row, 4)?,
                expires: instant(row, 5)?,
            })
        };
        row.as_ref().map(read).transpose()
    }

    async fn revoke_token(&self, hash: TokenHash, client: &ClientId) -> Result<(), StoreError> {
        // The row stays until the token expires: a revocation does not free any of the client's
        // quota.
        let sql = "UPDATE token SET revoked = 1 WHERE hash = $1 AND client = $2";
        self.execute(sql, &[&hash.0.as_slice(), &client.0]).await?;
        Ok(())
    }

    async fn purge_tokens(&self, expired_before: Timestamp) -> Result<u64, StoreError> {
        self.execute("DELETE FROM token WHERE expires < $1", &[&expired_before.as_millisecond()]).await
    }

    async fn forget_requests(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute("DELETE FROM idempotency WHERE at < $1", &[&before.as_millisecond()]).await
    }

    async fn check_write(&self, at: Timestamp) -> Result<(), StoreError> {
        self.execute("UPDATE write_check SET at = $1", &[&at.as_millisecond()]).await.map(drop)
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.rows("SELECT 1 FROM operator LIMIT 1", &[]).await?;
        Ok(())
    }
}

const OPERATOR: &str = "SELECT code, name, is_oi, is_oc, siren, strict_creation FROM operator";
const CLIENT: &str =
    "SELECT id, operator, role, scopes, secret_sha256, secret_argon2, revoked, created FROM client";
const CONTRACT: &str = "SELECT oi, oc, answer_delay, validation_delay, bulk_limit, rate FROM contract";

fn secret_columns(secret: &SecretHash) -> (Option<&[u8]>, Option<&str>) {
    match secret {
        SecretHash::Sha256(hash) => (Some(hash), None),
        SecretHash::Argon2id(phc) => (None, Some(phc)),
    }
}

fn operator(row: &Row) -> Result<Operator, StoreError> {
    Ok(Operator {
        code: code(row, 0)?,
        name: column(row, 1)?,
        is_oi: column(row, 2)?,
        is_oc: column(row, 3)?,
        siren: column(row, 4)?,
        strict_creation: column(row, 5)?,
    })
}

fn client(row: &Row) -> Result<Client, StoreError> {
    let secret = match column::<Option<&[u8]>>(row, 4)? {
        Some(hash) => SecretHash::Sha256(hash.try_into().map_err(|_| unreadable(row, "a hash of 32 bytes"))?),
        None => SecretHash::Argon2id(column(row, 5)?),
    };
    Ok(Client {
        id: ClientId(column(row, 0)?),
        operator: code(row, 1)?,
        role: role(row, 2)?,
        scopes: words(row, 3)?,
        secret,
        revoked: column::<Option<i64>>(row, 6)?.map(|_| instant(row, 6)).transpose()?,
        created: instant(row, 7)?,
    })
}

fn contract(row: &Row) -> Result<Contract, StoreError> {
    Ok(Contract {
        oi: code(row, 0)?,
        oc: code(row, 1)?,
        answer_delay: column(row, 2)?,
        validation_delay: column(row, 3)?,
        bulk_limit: usize::try_from(column::<i64>(row, 4)?).unwrap_or(usize::MAX),
        rate: column::<Option<i64>>(row, 5)?.and_then(|rate| u32::try_from(rate).ok()),
    })
}

fn code(row: &Row, at: usize) -> Result<OperatorCode, StoreError> {
    named(row, at, OperatorCode::parse)
}

fn role(row: &Row, at: usize) -> Result<Role, StoreError> {
    named(row, at, Role::parse)
}

fn words(row: &Row, at: usize) -> Result<Vec<String>, StoreError> {
    Ok(column::<&str>(row, at)?.split_whitespace().map(str::to_owned).collect())
}

fn unreadable(row: &Row, expected: &str) -> StoreError {
    let row = column::<String>(row, 0).unwrap_or_default();
    StoreError::Inconsistent { table: "client", row, what: format!("expected {expected}") }
}
