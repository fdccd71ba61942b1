//! Single statements, and what their rows hold.

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

/// The rows of a stream, at most `limit` and `max_bytes` of them but one at least, and whether others follow. The
/// connection discards the others.
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
    /// The rows that a statement gives.
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

    /// The first rows that a statement gives, at most `limit` and `max_bytes` of them but one at least.
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

    /// The row that a statement gives, if it gives one.
    pub(crate) async fn row(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, parameters).await?.into_iter().next())
    }

    /// The rows that a statement gives which writes.
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

    /// Writes what one statement says; how many rows it touched.
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

/// A statement, with what is to be said before it: both are sent at once, and answered in their order.
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

/// A column of a row.
pub(crate) fn column<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<T, StoreError> {
    row.try_get(at).map_err(error)
}

/// A column that holds an instant.
pub(crate) fn instant(row: &Row, at: usize) -> Result<Timestamp, StoreError> {
    let millisecond: i64 = column(row, at)?;
    Timestamp::from_millisecond(millisecond).map_err(|_| unreadable(row, at, "is no instant"))
}

/// A column that may hold an instant.
pub(crate) fn maybe_instant(row: &Row, at: usize) -> Result<Option<Timestamp>, StoreError> {
    column::<Option<i64>>(row, at)?.map(|_| instant(row, at)).transpose()
}

/// A column that holds an identifier, a version or a code.
pub(crate) fn named<T>(row: &Row, at: usize, parse: fn(&str) -> Option<T>) -> Result<T, StoreError> {
    parse(column(row, at)?).ok_or_else(|| unreadable(row, at, "is not one"))
}

pub(crate) fn unreadable(row: &Row, at: usize, what: &str) -> StoreError {
    let name = row.columns().get(at).map(tokio_postgres::Column::name).unwrap_or_default();
    StoreError::Inconsistent { table: "a table", row: String::new(), what: format!("the {name} {what}") }
}
