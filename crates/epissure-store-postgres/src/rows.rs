//! Single statements, and typed reading of their rows.

use std::future::Future;
use std::pin::pin;

use deadpool_postgres::Object;
use epissure_store::StoreError;
use futures_util::{TryStreamExt as _, future};
use jiff::Timestamp;
use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Error, Row, RowStream};

use crate::PostgresStore;
use crate::error::error;
use crate::hidden::hidden;
use crate::pool::connection;

/// Reads the rows of a stream, and returns true when more follow. Reads at most `limit` rows and
/// `max_bytes` bytes, but at least one row. The connection discards the rest.
pub(crate) async fn up_to(rows: RowStream, limit: u32, max_bytes: usize) -> Result<(Vec<Row>, bool), Error> {
    let mut rows = pin!(rows);
    let (mut found, mut left) = (Vec::new(), max_bytes);
    while let Some(row) = rows.try_next().await? {
        let bytes = row.raw_size_bytes();
        if found.len() == limit as usize || bytes > left && !found.is_empty() {
            return Ok((found, true));
        }
        left = left.saturating_sub(bytes);
        found.push(row);
    }
    Ok((found, false))
}

impl PostgresStore {
    /// Returns the rows of a statement.
    pub(crate) async fn rows(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let client = connection(&self.pools.reads).await?;
        let statement = client.prepare_cached(sql).await.map_err(error)?;
        let rows = client.query_raw(&statement, hidden(parameters)).await.map_err(error)?;
        rows.try_collect().await.map_err(error)
    }

    /// Returns the first rows of a statement, at most `limit` rows and `max_bytes` bytes, but at
    /// least one row.
    pub(crate) async fn rows_up_to(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        limit: u32,
        max_bytes: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let client = connection(&self.pools.reads).await?;
        let statement = client.prepare_cached(sql).await.map_err(error)?;
        let rows = client.query_raw(&statement, hidden(parameters)).await.map_err(error)?;
        Ok(up_to(rows, limit, max_bytes).await.map_err(error)?.0)
    }

    /// Returns the row of a statement, if there is one.
    pub(crate) async fn row(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, parameters).await?.into_iter().next())
    }

    /// Returns the rows of a statement that writes.
    pub(crate) async fn written(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let client = connection(&self.pools.writes).await?;
        let statement = client.prepare_cached(sql).await.map_err(error)?;
        let rows = client.query_raw(&statement, hidden(parameters)).await.map_err(error)?;
        rows.try_collect().await.map_err(error)
    }

    /// Runs a statement that writes. Returns the number of rows changed.
    pub(crate) async fn execute(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, StoreError> {
        let client = connection(&self.pools.writes).await?;
        let statement = client.prepare_cached(sql).await.map_err(error)?;
        client.execute_raw(&statement, hidden(parameters)).await.map_err(error)
    }
}

/// Runs a statement after another one, in one pipeline.
pub(crate) async fn after<T>(
    client: &Object,
    before: Option<&str>,
    statement: impl Future<Output = T>,
) -> (Result<(), Error>, T) {
    match before {
        Some(before) => future::join(client.batch_execute(before), statement).await,
        None => (Ok(()), statement.await),
    }
}

/// Reads a column of a row.
pub(crate) fn column<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<T, StoreError> {
    row.try_get(at).map_err(error)
}

/// Reads an instant.
pub(crate) fn instant(row: &Row, at: usize) -> Result<Timestamp, StoreError> {
    let millisecond: i64 = column(row, at)?;
    Timestamp::from_millisecond(millisecond).map_err(|_| unreadable(row, at, "is no instant"))
}

/// Reads an instant or NULL.
pub(crate) fn maybe_instant(row: &Row, at: usize) -> Result<Option<Timestamp>, StoreError> {
    column::<Option<i64>>(row, at)?.map(|_| instant(row, at)).transpose()
}

/// Reads an identifier, a version or a code.
pub(crate) fn named<T>(row: &Row, at: usize, parse: fn(&str) -> Option<T>) -> Result<T, StoreError> {
    parse(column(row, at)?).ok_or_else(|| unreadable(row, at, "is not one"))
}

pub(crate) fn unreadable(row: &Row, at: usize, what: &str) -> StoreError {
    let name = row.columns().get(at).map(tokio_postgres::Column::name).unwrap_or_default();
    StoreError::Inconsistent { table: "a table", row: String::new(), what: format!("the {name} {what}") }
}
