//! Reading: several statements that see the same moment.

use std::time::{Duration, Instant};

use deadpool_postgres::Object;
use epissure_store::StoreError;
use futures_util::TryStreamExt as _;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, RowStream};

use crate::bound::Bound;
use crate::error::error;
use crate::pool::{Lane, Pools, connection};
use crate::render::Statement;
use crate::rows::{after, up_to};

/// A transaction that only reads, within the time that a query may take.
pub(crate) struct Snapshot {
    client: Option<Object>,
    lane: Lane,
    begun: bool,
    until: Instant,
    /// How long a statement may take, as the server was told, and when.
    told: Option<(Duration, Instant)>,
}

impl Snapshot {
    /// Takes a connection; the transaction begins with the first statement.
    pub(crate) async fn take(pools: &Pools, lane: Lane) -> Result<Self, StoreError> {
        let client = connection(&pools.reads).await?;
        Ok(Self {
            client: Some(client),
            lane,
            begun: false,
            until: Instant::now() + pools.budget,
            told: None,
        })
    }

    /// The rows that a statement gives. It stays prepared on its connection, as the same questions are asked again and again
    /// with other values; it is planned for its values each time.
    pub(crate) async fn rows(&mut self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        let before = self.before()?;
        let client = self.client.as_ref().ok_or_else(gone)?;
        let types: Vec<Type> = statement.bindings.iter().map(Bound::of_type).collect();
        let prepared = client.prepare_typed_cached(&statement.sql, &types).await.map_err(error)?;
        let rows = async { client.query_raw(&prepared, &statement.bindings).await?.try_collect().await };
        let (begun, rows) = after(client, before.as_deref(), rows).await;
        begun.map_err(error)?;
        self.begun = true;
        rows.map_err(error)
    }

    /// The rows of a page, at most `limit` and `max_bytes` of them but one at least, and whether others follow.
    pub(crate) async fn page(
        &mut self,
        statement: &Statement,
        limit: u32,
        max_bytes: usize,
    ) -> Result<(Vec<Row>, bool), StoreError> {
        let before = self.before()?;
        let client = self.client.as_ref().ok_or_else(gone)?;
        let types: Vec<Type> = statement.bindings.iter().map(Bound::of_type).collect();
        let prepared = client.prepare_typed_cached(&statement.sql, &types).await.map_err(error)?;
        let rows =
            async { up_to(client.query_raw(&prepared, &statement.bindings).await?, limit, max_bytes).await };
        let (begun, rows) = after(client, before.as_deref(), rows).await;
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
        let rows = client.query_typed_raw(&statement.sql, parameters);
        let (begun, rows) = after(client, before.as_deref(), rows).await;
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

    /// What is said before a statement: that the transaction begins, and how long the statement may take. Nothing when both
    /// have been said, and the time is still about right.
    fn before(&mut self) -> Result<Option<String>, StoreError> {
        let now = Instant::now();
        let left = self.until.saturating_duration_since(now);
        if left < Duration::from_millis(1) {
            return Err(StoreError::TooExpensive);
        }
        if self.told.is_some_and(|(told, at)| is_about_right(told, now - at)) {
            return Ok(None);
        }
        self.told = Some((left, now));
        // A lock that others hold is given up first: the query is not too expensive, the database is busy.
        let (left, lock) = (left.as_millis(), (left * 4 / 5).as_millis());
        let limit = format!("SET LOCAL statement_timeout = {left}; SET LOCAL lock_timeout = {lock}");
        Ok(Some(match (self.begun, self.lane) {
            (true, _) => limit,
            // What indexes answer is answered by indexes, whatever the statistics make of it.
            (false, Lane::Quick) => format!("{BEGIN}; SET LOCAL enable_seqscan = off; {limit}"),
            (false, Lane::Scan) => format!("{BEGIN}; {limit}"),
        }))
    }
}

/// A statement's plan is made for its values: those of one status may be a hundred, those of another most of the table.
const BEGIN: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL plan_cache_mode = force_custom_plan";
/// The part of the time left by which what the server was told of it may be wrong: one in so many.
const STALE: u32 = 50;

/// Whether a limit that was told so long ago may still be relied on.
fn is_about_right(told: Duration, ago: Duration) -> bool {
    ago < told / STALE
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_told_again_once_a_fiftieth_of_it_has_gone() {
        let is_about_right =
            |left, ago| is_about_right(Duration::from_millis(left), Duration::from_millis(ago));
        assert!(is_about_right(5000, 99));
        assert!(!is_about_right(5000, 100));
        assert!(!is_about_right(10, 1), "what is short is told each time");
    }
}
