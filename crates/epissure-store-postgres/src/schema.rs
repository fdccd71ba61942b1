//! Requirements on the server, and schema migrations.

use epissure_store::StoreError;
use tokio_postgres::{Client, Error};

use crate::error::{error, told_of};
use crate::{Address, OpenError, Settings};

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// Oldest supported version of PostgreSQL.
const OLDEST: i32 = 130_000;
/// Advisory lock of migrations: one at a time.
const MIGRATING: i64 = 0x6570_6973_6d69_6772;

/// Opens a connection outside the pools.
pub(crate) async fn connect(address: &Address) -> Result<Client, Error> {
    let (client, connection) = address.config.connect(address.trust.connector()).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = told_of(&error), "a database connection ended with an error");
        }
    });
    Ok(client)
}

/// Checks that the server is suitable, and migrates the schema. Returns the connection used, which
/// must not be reused in a pool.
pub(crate) async fn migrate(settings: &Settings) -> Result<Client, OpenError> {
    let mut client = connect(&settings.address).await.map_err(|error| refused(&error))?;
    check_server(&client).await?;
    let newest = newest();
    match applied(&client).await? {
        Some(version) if version > newest => return Err(OpenError::Store(StoreError::NewerSchema)),
        // A role that may only read and write rows can start a server when the schema is up to
        // date.
        Some(version) if version == newest => return Ok(client),
        None if !settings.create => return Err(OpenError::Empty),
        _ => {}
    }
    client
        .batch_execute(&format!("SET client_min_messages = warning; SELECT pg_advisory_lock({MIGRATING})"))
        .await
        .map_err(|wrong| OpenError::Store(error(wrong)))?;
    // Closing the connection releases the lock.
    let report = migrations::migrations::runner().run_async(&mut client).await.map_err(failed)?;
    for migration in report.applied_migrations() {
        tracing::info!(version = migration.version(), name = migration.name(), "schema migrated");
    }
    Ok(client)
}

/// Refuses a database that contains an unfinished copy.
pub(crate) async fn refuse_unfinished(client: &Client) -> Result<(), OpenError> {
    let mark = client.query_opt("SELECT source FROM unfinished_copy", &[]).await.map_err(denied)?;
    let wrong = |wrong| OpenError::Store(error(wrong));
    match mark {
        Some(row) => Err(OpenError::Store(StoreError::Unfinished { of: row.try_get(0).map_err(wrong)? })),
        None => Ok(()),
    }
}

fn newest() -> i32 {
    let migrations = migrations::migrations::runner();
    migrations.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or_default()
}

/// Returns a hash that identifies this version of the schema.
#[cfg(feature = "testing")]
pub(crate) fn fingerprint() -> u64 {
    let migrations = migrations::migrations::runner();
    let checksums = migrations.get_migrations().iter().map(refinery::Migration::checksum);
    checksums.fold(0, |all, one| all.rotate_left(7) ^ one)
}

/// Returns the version of the existing schema, if there is one.
async fn applied(client: &Client) -> Result<Option<i32>, OpenError> {
    let wrong = |wrong| OpenError::Store(error(wrong));
    let there = client
        .query_one("SELECT to_regclass('refinery_schema_history') IS NOT NULL", &[])
        .await
        .map_err(wrong)?;
    if !there.try_get::<_, bool>(0).map_err(wrong)? {
        return Ok(None);
    }
    let newest = client.query_one("SELECT max(version) FROM refinery_schema_history", &[]).await;
    newest.map_err(denied)?.try_get(0).map_err(wrong)
}

async fn check_server(client: &Client) -> Result<(), OpenError> {
    let sql = "SELECT current_setting('server_version_num')::integer, current_setting('server_version'),
                      current_setting('server_encoding')";
    let row = client.query_one(sql, &[]).await.map_err(|wrong| OpenError::Store(error(wrong)))?;
    check_kind(row.get(0), row.get(1), row.get(2))
}

fn check_kind(number: i32, version: String, encoding: String) -> Result<(), OpenError> {
    if number < OLDEST {
        return Err(OpenError::TooOld { version });
    }
    if encoding != "UTF8" {
        return Err(OpenError::Encoding { encoding });
    }
    Ok(())
}

/// Maps the error of a failed connection.
pub(crate) fn refused(error: &Error) -> OpenError {
    OpenError::Refused { what: told_of(error) }
}

pub(crate) fn denied(wrong: Error) -> OpenError {
    match wrong.code() {
        Some(code) if *code == tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE => {
            OpenError::Rights { what: told_of(&wrong) }
        }
        _ => OpenError::Store(error(wrong)),
    }
}

fn failed(wrong: refinery::Error) -> OpenError {
    use std::error::Error as _;
    if matches!(wrong.kind(), refinery::error::Kind::MissingVersion(_)) {
        return OpenError::Store(StoreError::NewerSchema);
    }
    let mut cause = wrong.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<Error>() {
            let told = told_of(error);
            return match error.code().map(tokio_postgres::error::SqlState::code) {
                Some("42501") => OpenError::Rights { what: told },
                Some("25006") => OpenError::Store(StoreError::Unavailable(told)),
                _ => OpenError::Store(StoreError::Unexpected(format!("migration: {told}"))),
            };
        }
        cause = error.source();
    }
    OpenError::Store(StoreError::Unexpected(format!("migration: {wrong}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_older_than_the_oldest_is_told_of() {
        let kind = |number, version: &str| check_kind(number, version.to_owned(), "UTF8".to_owned());
        assert!(kind(130_000, "13.0").is_ok());
        let refused = kind(120_022, "12.22").expect_err("too old").to_string();
        assert_eq!(refused, "it is PostgreSQL 12.22, and 13 is the oldest that works");
    }
}
