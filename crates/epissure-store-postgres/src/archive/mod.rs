//! The rows of a whole database, as source or target of a copy.

mod derive;
mod read;
mod write;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use epissure_store::StoreError;
use epissure_store::archive::{Archive, Begun, DERIVED, Limits, Pulse, Row, Rows, TABLES, Table};
use jiff::Timestamp;
use tokio_postgres::types::FromSql;
use tokio_postgres::{Client, Error};

use crate::error::error;
use crate::rows::column;
use crate::{OpenError, Settings, schema};

/// Application name of a copy's connections. Servers use the one of their address.
const CALLED: &str = "epissure-copy";
/// Advisory lock of the process that copies to a database.
const COPYING: i64 = 0x6570_6973_636f_7079;
/// Time allowed for other clients to disconnect: PostgreSQL needs a moment to notice that a client
/// was killed.
const TIMEOUT: Duration = Duration::from_secs(5);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Session settings of a copy. It has no time limit, and reads tables in the order of their
/// indexes, to avoid sorting on the server's disk.
const SESSION: &str = "SET client_min_messages = warning; SET statement_timeout = 0; SET jit = off;
                       SET idle_in_transaction_session_timeout = 0; SET enable_sort = off";
const BEGIN_SNAPSHOT: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT count(*) FROM unfinished_copy";

/// A database on a server, as an archive of rows.
pub struct PostgresArchive {
    client: Arc<Client>,
}

impl PostgresArchive {
    /// Opens a database as the source of a copy, in its current state.
    ///
    /// # Errors
    ///
    /// Fails when it cannot be used, or contains an unfinished copy itself.
    pub async fn source(settings: &Settings) -> Result<Self, OpenError> {
        let archive = Self::connect(settings).await?;
        schema::refuse_unfinished(&archive.client).await?;
        archive.batch(BEGIN_SNAPSHOT).await?;
        Ok(archive)
    }

    /// Opens a database as the target of a copy. No server may be connected to it.
    ///
    /// # Errors
    ///
    /// Fails when it cannot be used, or is in use.
    pub async fn target(settings: &Settings) -> Result<Self, OpenError> {
        let archive = Self::connect(settings).await?;
        archive.must_own().await?;
        let name = settings.address.config.get_application_name().unwrap_or_default();
        archive.use_alone(name).await?;
        Ok(archive)
    }

    async fn connect(settings: &Settings) -> Result<Self, OpenError> {
        schema::migrate(settings).await?;
        let mut address = settings.address.clone();
        address.config.application_name(CALLED);
        let client = schema::connect(&address).await.map_err(|error| schema::refused(&error))?;
        let archive = Self { client: Arc::new(client) };
        archive.batch(SESSION).await?;
        Ok(archive)
    }

    async fn batch(&self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).await.map_err(error)
    }

    /// Returns the single value selected by a statement without parameters.
    async fn one<T: for<'a> FromSql<'a>>(&self, sql: &str) -> Result<T, StoreError> {
        column(&self.client.query_one(sql, &[]).await.map_err(error)?, 0)
    }

    /// Checks the ownership of the tables, which vacuuming them and setting their sequences
    /// require.
    async fn must_own(&self) -> Result<(), OpenError> {
        let sql = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'ticket'::regclass";
        match self.one(sql).await? {
            true => Ok(()),
            false => Err(OpenError::Rights { what: "a copy needs the role that owns the tables".to_owned() }),
        }
    }

    async fn use_alone(&self, name: &str) -> Result<(), StoreError> {
        let until = Instant::now() + TIMEOUT;
        loop {
            let in_use = self.used_by(name).await?;
            match in_use {
                None => return Ok(()),
                Some(by) if Instant::now() > until => return Err(StoreError::InUse(by)),
                Some(_) => tokio::time::sleep(BETWEEN_LOOKS).await,
            }
        }
    }

    /// Returns the name of another client of the database, if there is one.
    async fn used_by(&self, name: &str) -> Result<Option<String>, StoreError> {
        if !self.one::<bool>(&format!("SELECT pg_try_advisory_lock({COPYING})")).await? {
            return Ok(Some("another copy to it runs".to_owned()));
        }
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1";
        let row = self.client.query_one(sql, &[&name]).await.map_err(error)?;
        let others: i64 = column(&row, 0)?;
        if others == 0 {
            return Ok(None);
        }
        self.batch(&format!("SELECT pg_advisory_unlock({COPYING})")).await?;
        Ok(Some(format!("{others} connections of `{name}` are open")))
    }

    async fn rows_of(&self, table: &str) -> Result<u64, StoreError> {
        Ok(self.one::<i64>(&format!("SELECT count(*) FROM \"{table}\"")).await?.unsigned_abs())
    }

    async fn mark(&self) -> Result<Option<String>, StoreError> {
        let row = self.client.query_opt("SELECT source FROM unfinished_copy", &[]).await.map_err(error)?;
        row.map(|row| column(&row, 0)).transpose()
    }
}

#[async_trait]
impl Archive for PostgresArchive {
    fn read(&self, table: &'static Table, limits: Limits, most: Option<u64>) -> Box<dyn Rows> {
        Box::new(read::Pieces::of(&self.client, table, limits, most))
    }

    async fn count(&self, table: &'static Table) -> Result<u64, StoreError> {
        self.rows_of(table.name).await
    }

    async fn derived(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let mut counts = Vec::with_capacity(DERIVED.len());
        for table in DERIVED {
            counts.push((*table, self.rows_of(table).await?));
        }
        Ok(counts)
    }

    async fn pulse(&self) -> Result<Pulse, StoreError> {
        let sql = "SELECT (SELECT coalesce(max(number), 0) FROM audit), (SELECT count(*) FROM attempt),
                          (SELECT coalesce(max(issued), 0) FROM token)";
        let row = self.client.query_one(sql, &[]).await.map_err(error)?;
        Ok(Pulse { audited: column(&row, 0)?, attempts: column(&row, 1)?, issued: column(&row, 2)? })
    }

    async fn renew(&self) -> Result<(), StoreError> {
        self.batch(&format!("COMMIT; {BEGIN_SNAPSHOT}")).await
    }

    async fn begin(&self, source: &str, at: Timestamp) -> Result<Begun, StoreError> {
        if let Some(begun) = self.mark().await? {
            return Ok(if begun == source { Begun::Again } else { Begun::AnotherSource(begun) });
        }
        let mut filled = Vec::new();
        for name in TABLES.iter().map(|table| table.name).chain(DERIVED.iter().copied()) {
            match self.rows_of(name).await? {
                0 => {}
                rows => filled.push((name, rows)),
            }
        }
        if !filled.is_empty() {
            return Ok(Begun::NotEmpty(filled));
        }
        let sql = "INSERT INTO unfinished_copy (source, begun) VALUES ($1, $2)";
        self.client.execute(sql, &[&source, &at.as_millisecond()]).await.map_err(error)?;
        Ok(Begun::Anew)
    }

    async fn write(&self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        write::write(&self.client, table, &rows).await
    }

    async fn finish(&self) -> Result<(), StoreError> {
        let tables = TABLES.iter().map(|table| table.name).chain(DERIVED.iter().copied());
        let tables: Vec<String> = tables.map(|name| format!("\"{name}\"")).collect();
        self.batch(&format!("VACUUM (ANALYZE) {}", tables.join(", "))).await?;
        let go_on = TABLES.iter().filter(|table| table.numbered).map(|table| {
            let name = table.name;
            format!(
                "SELECT setval(pg_get_serial_sequence('{name}', 'seq'), max(seq)) FROM \"{name}\" HAVING max(seq) > 0;"
            )
        });
        let go_on: String = go_on.collect();
        self.batch(&format!("BEGIN; {go_on} DELETE FROM unfinished_copy; COMMIT")).await
    }
}

/// Maps a driver error, adding the name of the table.
fn with_table(table: &Table, wrong: Error) -> StoreError {
    match error(wrong) {
        StoreError::Unexpected(text) => StoreError::Unexpected(format!("{}: {text}", table.name)),
        other => other,
    }
}
