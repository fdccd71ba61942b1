//! Operators, clients, contracts and tokens.

use async_trait::async_trait;
use epissure_protocol::names::OperatorCode;
use epissure_store::{
    Access, Action, Author, Client, ClientId, Contract, Operator, SecretHash, StoreError, StoredToken,
    TokenHash,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::audit::told;
use crate::columns::{code, instant, role, words};
use crate::{SqliteStore, audit};

#[async_trait]
impl Access for SqliteStore {
    async fn put_operator(&self, operator: Operator, by: &Author) -> Result<(), StoreError> {
        let by = by.clone();
        self.writer
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "INSERT INTO operator (code, name, is_oi, is_oc, siren, strict_creation)
                         VALUES (?, ?, ?, ?, ?, ?)
                         ON CONFLICT (code) DO UPDATE SET
                             name = excluded.name, is_oi = excluded.is_oi, is_oc = excluded.is_oc,
                             siren = excluded.siren, strict_creation = excluded.strict_creation",
                    )?
                    .execute(params![
                        operator.code.as_str(),
                        operator.name,
                        operator.is_oi,
                        operator.is_oc,
                        operator.siren,
                        operator.strict_creation
                    ])?;
                audit::write(connection, &by, Action::OperatorSet, operator.code.as_str(), (None, None))
            })
            .await
    }

    async fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        self.readers
            .run(|reader| {
                let mut statement = reader.prepare_cached(&format!("{OPERATOR} ORDER BY code"))?;
                statement.query_map([], operator)?.collect()
            })
            .await
    }

    async fn operator(&self, code: &OperatorCode) -> Result<Option<Operator>, StoreError> {
        let code = code.as_str().to_owned();
        self.readers
            .run(move |reader| {
                let mut statement = reader.prepare_cached(&format!("{OPERATOR} WHERE code = ?"))?;
                statement.query_row([code], operator).optional()
            })
            .await
    }

    async fn add_client(&self, client: Client, by: &Author) -> Result<bool, StoreError> {
        let by = by.clone();
        self.writer
            .run(move |connection| {
                let (sha256, argon2) = secret_columns(&client.secret);
                let added = connection
                    .prepare_cached(
                        "INSERT INTO client (id, operator, role, scopes, secret_sha256, secret_argon2, revoked, created)
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                         ON CONFLICT (id) DO NOTHING",
                    )?
                    .execute(params![
                        client.id.0,
                        client.operator.as_str(),
                        client.role.as_str(),
                        client.scopes.join(" "),
                        sha256,
                        argon2,
                        client.revoked.map(Timestamp::as_millisecond),
                        client.created.as_millisecond()
                    ])?;
                told(connection, added, &by, Action::ClientAdd, &client.id.0)
            })
            .await
    }

    async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        self.readers
            .run(|reader| {
                let mut statement = reader.prepare_cached(&format!("{CLIENT} ORDER BY id"))?;
                statement.query_map([], client)?.collect()
            })
            .await
    }

    async fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        let id = id.0.clone();
        self.readers
            .run(move |reader| {
                let mut statement = reader.prepare_cached(&format!("{CLIENT} WHERE id = ?"))?;
                statement.query_row([id], client).optional()
            })
            .await
    }

    async fn set_client_secret(
        &self,
        id: &ClientId,
        secret: SecretHash,
        by: &Author,
    ) -> Result<bool, StoreError> {
        let (id, by) = (id.0.clone(), by.clone());
        self.writer
            .run(move |connection| {
                let (sha256, argon2) = secret_columns(&secret);
                let changed = connection.execute(
                    "UPDATE client SET secret_sha256 = ?, secret_argon2 = ?, revoked = NULL WHERE id = ?",
                    params![sha256, argon2, id],
                )?;
                end_tokens(connection, &id)?;
                told(connection, changed, &by, Action::ClientRotate, &id)
            })
            .await
    }

    async fn revoke_client(&self, id: &ClientId, by: &Author) -> Result<bool, StoreError> {
        let (id, by) = (id.0.clone(), by.clone());
        self.writer
            .run(move |connection| {
                let changed = connection.execute(
                    "UPDATE client SET revoked = coalesce(revoked, ?) WHERE id = ?",
                    params![by.at.as_millisecond(), id],
                )?;
                end_tokens(connection, &id)?;
                told(connection, changed, &by, Action::ClientRevoke, &id)
            })
            .await
    }

    async fn put_contract(&self, contract: Contract, by: &Author) -> Result<(), StoreError> {
        let by = by.clone();
        self.writer
            .run(move |connection| {
                connection.execute(
                    "INSERT INTO contract (oi, oc, answer_delay, validation_delay, bulk_limit, rate)
                     VALUES (?, ?, ?, ?, ?, ?)
                     ON CONFLICT (oi, oc) DO UPDATE SET
                         answer_delay = excluded.answer_delay, validation_delay = excluded.validation_delay,
                         bulk_limit = excluded.bulk_limit, rate = excluded.rate",
                    params![
                        contract.oi.as_str(),
                        contract.oc.as_str(),
                        contract.answer_delay,
                        contract.validation_delay,
                        i64::try_from(contract.bulk_limit).unwrap_or(i64::MAX),
                        contract.rate
                    ],
                )?;
                let subject = format!("{}/{}", contract.oi, contract.oc);
                audit::write(connection, &by, Action::ContractSet, &subject, (None, None))
            })
            .await
    }

    async fn contracts(&self) -> Result<Vec<Contract>, StoreError> {
        self.readers
            .run(|reader| {
                let mut statement = reader.prepare_cached(&format!("{CONTRACT} ORDER BY oi, oc"))?;
                statement.query_map([], contract)?.collect()
            })
            .await
    }

    async fn contract(&self, oi: &OperatorCode, oc: &OperatorCode) -> Result<Option<Contract>, StoreError> {
        let (oi, oc) = (oi.as_str().to_owned(), oc.as_str().to_owned());
        self.readers
            .run(move |reader| {
                let mut statement = reader.prepare_cached(&format!("{CONTRACT} WHERE oi = ? AND oc = ?"))?;
                statement.query_row([oi, oc], contract).optional()
            })
            .await
    }

    async fn add_token(&self, token: StoredToken, quota: u32, window: Timestamp) -> Result<bool, StoreError> {
        self.writer
            .run(move |connection| {
                let given: u32 = connection
                    .prepare_cached("SELECT count(*) FROM token WHERE client = ? AND issued > ?")?
                    .query_row(params![token.client.0, window.as_millisecond()], |row| row.get(0))?;
                if given >= quota {
                    return Ok(false);
                }
                connection
                    .prepare_cached(
                        "INSERT INTO token (hash, client, scopes, issued, expires) VALUES (?, ?, ?, ?, ?)",
                    )?
                    .execute(params![
                        token.hash.0,
                        token.client.0,
                        token.scopes.join(" "),
                        token.issued.as_millisecond(),
                        token.expires.as_millisecond()
                    ])?;
                Ok(true)
            })
            .await
    }

    async fn token(&self, hash: TokenHash) -> Result<Option<StoredToken>, StoreError> {
        self.readers
            .run(move |reader| {
                let mut statement = reader.prepare_cached(
                    "SELECT token.client, client.operator, client.role, token.scopes, token.issued, token.expires
                     FROM token JOIN client ON client.id = token.client
                     WHERE token.hash = ? AND token.revoked IS NULL AND client.revoked IS NULL",
                )?;
                let read = |row: &Row<'_>| {
                    Ok(StoredToken {
                        hash,
                        client: ClientId(row.get(0)?),
                        operator: code(row, 1)?,
                        role: role(row, 2)?,
                        scopes: words(row, 3)?,
                        issued: instant(row, 4)?,
                        expires: instant(row, 5)?,
                    })
                };
                statement.query_row([hash.0], read).optional()
            })
            .await
    }

    async fn revoke_token(&self, hash: TokenHash, client: &ClientId) -> Result<(), StoreError> {
        let client = client.0.clone();
        self.writer
            .run(move |connection| {
                // The row stays until the token expires: a revocation does not free any of the
                // client's quota.
                connection.execute(
                    "UPDATE token SET revoked = 1 WHERE hash = ? AND client = ?",
                    params![hash.0, client],
                )?;
                Ok(())
            })
            .await
    }

    async fn purge_tokens(&self, expired_before: Timestamp) -> Result<u64, StoreError> {
        self.writer
            .run(move |connection| {
                let gone = connection
                    .execute("DELETE FROM token WHERE expires < ?", [expired_before.as_millisecond()])?;
                Ok(gone as u64)
            })
            .await
    }

    async fn forget_requests(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.writer
            .run_erasing(move |connection| {
                let gone =
                    connection.execute("DELETE FROM idempotency WHERE at < ?", [before.as_millisecond()])?;
                Ok(gone as u64)
            })
            .await
    }

    async fn check_write(&self, at: Timestamp) -> Result<(), StoreError> {
        self.writer
            .run(move |connection| {
                connection.execute("UPDATE write_check SET at = ?", [at.as_millisecond()]).map(drop)
            })
            .await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.readers.run(|reader| reader.query_row("SELECT count(*) FROM operator", [], |_| Ok(()))).await
    }
}

const OPERATOR: &str = "SELECT code, name, is_oi, is_oc, siren, strict_creation FROM operator";
const CLIENT: &str =
    "SELECT id, operator, role, scopes, secret_sha256, secret_argon2, revoked, created FROM client";
const CONTRACT: &str = "SELECT oi, oc, answer_delay, validation_delay, bulk_limit, rate FROM contract";

fn end_tokens(connection: &Connection, client: &str) -> rusqlite::Result<usize> {
    connection.execute("DELETE FROM token WHERE client = ?", [client])
}

fn secret_columns(secret: &SecretHash) -> (Option<&[u8; 32]>, Option<&str>) {
    match secret {
        SecretHash::Sha256(hash) => (Some(hash), None),
        SecretHash::Argon2id(phc) => (None, Some(phc)),
    }
}

fn operator(row: &Row<'_>) -> rusqlite::Result<Operator> {
    Ok(Operator {
        code: code(row, 0)?,
        name: row.get(1)?,
        is_oi: row.get(2)?,
        is_oc: row.get(3)?,
        siren: row.get(4)?,
        strict_creation: row.get(5)?,
    })
}

fn client(row: &Row<'_>) -> rusqlite::Result<Client> {
    let secret = match row.get::<_, Option<[u8; 32]>>(4)? {
        Some(hash) => SecretHash::Sha256(hash),
        None => SecretHash::Argon2id(row.get(5)?),
    };
    Ok(Client {
        id: ClientId(row.get(0)?),
        operator: code(row, 1)?,
        role: role(row, 2)?,
        scopes: words(row, 3)?,
        secret,
        revoked: row.get::<_, Option<i64>>(6)?.map(|_| instant(row, 6)).transpose()?,
        created: instant(row, 7)?,
    })
}

fn contract(row: &Row<'_>) -> rusqlite::Result<Contract> {
    Ok(Contract {
        oi: code(row, 0)?,
        oc: code(row, 1)?,
        answer_delay: row.get(2)?,
        validation_delay: row.get(3)?,
        bulk_limit: usize::try_from(row.get::<_, i64>(4)?).unwrap_or(usize::MAX),
        rate: row.get(5)?,
    })
}
