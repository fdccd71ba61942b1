//! Reading: several statements that see the same moment.

use std::time::{Duration, Instant};

use deadpool_postgres::Object;
use epissure_store::StoreError;
use futures_util::future;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, RowStream};

use crate::bound::Bound;
use crate::error::error;
use crate::pool::{Lane, Pools, connection};
use crate::render::Statement;

/// A transaction that only reads, within the time that a query may take.
pub(crate) struct Snapshot {
    client: Option<Object>,
    lane: Lane,
    begun: bool,
    until: Instant,
}

impl Snapshot {
    /// Takes a connection; the transaction begins with the first statement.
    pub(crate) async fn take(pools: &Pools, lane: Lane) -> Result<Self, StoreError> {
        let client = connection(&pools.reads).await?;
        Ok(Self { client: Some(client), lane, begun: false, until: Instant::now() + pools.budget })
    }

    /// The rows that a statement gives.
    pub(crate) async fn rows(&mut self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        let before = self.before()?;
        let client = self.client.as_ref().ok_or_else(gone)?;
        let parameters: Vec<_> = statement
            .bindings
            .iter()
            .map(|bound| (bound as &(dyn tokio_postgres::types::ToSql + Sync), bound.of_type()))
            .collect();
        // Both are sent at once, and answered in their order.
        let (begun, rows) =
            future::join(client.batch_execute(&before), client.query_typed(&statement.sql, &parameters))
                .await;
        begun.map_err(error)?;
        self.begun = true;
        rows.map_err(error)
    }

    /// The same, row by row, for what is too much to hold.
    pub(crate) async fn stream(&mut self, statement: &Statement) -> Result<RowStream, StoreError> {
        let before = self.before()?;
        let client = self.client.as_ref().ok_or_else(gone)?;
        let parameters: Vec<(&Bound, Type)> =
            statement.bindings.iter().map(|bound| (bound, bound.of_type())).collect();
        let (begun, rows) =
            future::join(client.batch_execute(&before), client.query_typed_raw(&statement.sql, parameters))
                .await;
        begun.map_err(error)?;
        self.begun = true;
        rows.map_err(error)
    }

    /// The one number that a statement gives.
    pub(crate) async fn number(&mut self, statement: &Statement) -> Result<u64, StoreError> {
        let rows = self.rows(statement).await?;
        let number: Option<i64> = rows.first().and_then(|row| row.try_get(0).ok());
        number
            .map(i64::unsigned_abs)
            .ok_or_else(|| StoreError::Unexpected("a count without a number".to_owned()))
    }

    /// Ends the transaction. Nobody waits for it: what only read has nothing to lose.
    pub(crate) fn finish(mut self) {
        if let Some(client) = self.client.take().filter(|_| self.begun) {
            tokio::spawn(async move {
                if client.batch_execute("COMMIT").await.is_err() {
                    drop(Object::take(client));
                }
            });
        }
    }

    /// What is said before a statement: that the transaction begins, and how long the statement may take.
    fn before(&self) -> Result<String, StoreError> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left < Duration::from_millis(1) {
            return Err(StoreError::TooExpensive);
        }
        let limit = format!("SET LOCAL statement_timeout = {}", left.as_millis());
        Ok(match (self.begun, self.lane) {
            (true, _) => limit,
            // What indexes answer is answered by indexes, whatever the statistics make of it.
            (false, Lane::Quick) => format!("{BEGIN}; SET LOCAL enable_seqscan = off; {limit}"),
            (false, Lane::Scan) => format!("{BEGIN}; {limit}"),
        })
    }
}

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

impl Drop for Snapshot {
    /// A connection whose transaction was left is not used again.
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

fn gone() -> StoreError {
    StoreError::Unexpected("a transaction that has ended".to_owned())
}
