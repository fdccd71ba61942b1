//! Snapshots: several statements that read the same state.

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

/// A read-only transaction, within the query's time limit.
pub(crate) struct Snapshot {
    client: Option<Object>,
    lane: Lane,
    begun: bool,
    until: Instant,
    /// Statement time-out last sent to the server, and the instant of sending.
    told: Option<(Duration, Instant)>,
}

impl Snapshot {
    /// Acquires a connection; the transaction begins with the first statement.
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

    /// Returns the rows of a statement. It remains prepared on its connection, because the same
    /// queries recur with other values. It is planned anew for each set of values.
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

    /// Returns the rows of a page, and true when more follow. The page has at most `limit` rows and
    /// `max_bytes` bytes, but at least one row.
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

    /// Streams the rows of a statement, for results too large for memory.
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

    /// Returns the single number that a statement selects.
    pub(crate) async fn number(&mut self, statement: &Statement) -> Result<u64, StoreError> {
        let rows = self.rows(statement).await?;
        let number: Option<i64> = rows.first().and_then(|row| row.try_get(0).ok());
        number
            .map(i64::unsigned_abs)
            .ok_or_else(|| StoreError::Unexpected("a count without a number".to_owned()))
    }

    /// Ends the transaction without waiting: a read-only one has nothing to lose.
    pub(crate) fn finish(mut self) {
        if let Some(client) = self.client.take().filter(|_| self.begun) {
            tokio::spawn(async move {
                if client.batch_execute("COMMIT").await.is_err() {
                    drop(Object::take(client));
                }
            });
        }
    }

    /// Returns the commands to send before a statement: to begin the transaction, and to set the
    /// statement's time-out. Returns `None` when both are sent and the time-out is still about
    /// right.
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
        // A lock wait times out first: the cause is then a busy database, and not an expensive
        // query.
        let (left, lock) = (left.as_millis(), (left * 4 / 5).as_millis());
        let limit = format!("SET LOCAL statement_timeout = {left}; SET LOCAL lock_timeout = {lock}");
        Ok(Some(match (self.begun, self.lane) {
            (true, _) => limit,
            // Forbids sequential scans in the quick lane, whatever the statistics.
            (false, Lane::Quick) => format!("{BEGIN}; SET LOCAL enable_seqscan = off; {limit}"),
            (false, Lane::Scan) => format!("{BEGIN}; {limit}"),
        }))
    }
}

/// Statements are planned for their values: one status may have a hundred rows, another most of the
/// table.
const BEGIN: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL plan_cache_mode = force_custom_plan";
/// Tolerated error of the time-out sent to the server: this fraction of it, as a divisor.
const STALE: u32 = 50;

/// Checks that a time-out sent some time ago is still precise enough.
fn is_about_right(told: Duration, ago: Duration) -> bool {
    ago < told / STALE
}

impl Drop for Snapshot {
    /// Discards the connection of an unfinished transaction.
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
