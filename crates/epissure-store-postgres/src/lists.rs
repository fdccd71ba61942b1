//! Lists in the query language: the page, its total, and the cost of both.

use std::sync::Arc;

use epissure_filter::Plan;
use epissure_store::{MAX_PAGE_BYTES, Page, Place, Start, StoreError};
use tokio_postgres::Row;

use crate::PostgresStore;
use crate::cost::{AccessPath, Outline};
use crate::error::error;
use crate::pool::{Lane, Pools};
use crate::render::{ListQuery, Statement};
use crate::snapshot::Snapshot;
use crate::totals::{self, Totals};
use crate::walk::{Found, key_value};

/// Reads the selected columns of a row.
pub(crate) type Read<T> = fn(&Row) -> Result<T, StoreError>;

impl PostgresStore {
    /// Returns a page of a table, with each row read by `read`.
    pub(crate) async fn page<T: Send + 'static>(
        &self,
        list_query: ListQuery,
        start: Start,
        limit: u32,
        read: Read<T>,
    ) -> Result<Page<T>, StoreError> {
        if list_query.plan.is_empty() {
            return Ok(Page { rows: Vec::new(), more_after: None, total: 0 });
        }
        let settled = self.settle(&list_query).await?;
        let (pools, totals) = (self.pools.clone(), Arc::clone(&self.totals));
        self.pools
            .run(settled.lane, async move {
                let access_path = settled.access_path;
                let mut snapshot = settled.snapshot(&pools).await?;
                let list = List { list_query: &list_query, access_path, totals: &totals };
                let page = list.page(&mut snapshot, &start, limit, read).await?;
                snapshot.finish();
                Ok(page)
            })
            .await
    }

    /// Returns the number of rows of a table that match.
    pub(crate) async fn total(&self, list_query: ListQuery) -> Result<u64, StoreError> {
        if list_query.plan.is_empty() {
            return Ok(0);
        }
        let settled = self.settle(&list_query).await?;
        let (pools, totals) = (self.pools.clone(), Arc::clone(&self.totals));
        self.pools
            .run(settled.lane, async move {
                let access_path = settled.access_path;
                let mut snapshot = settled.snapshot(&pools).await?;
                let total = List { list_query: &list_query, access_path, totals: &totals }
                    .total(&mut snapshot)
                    .await?;
                snapshot.finish();
                Ok(total)
            })
            .await
    }

    /// Chooses the lane and access path of a query. If this takes a snapshot and the query is
    /// quick, the query reuses the snapshot.
    async fn settle(&self, list_query: &ListQuery) -> Result<Settled, StoreError> {
        if let Outline::Known(lane, access_path) = list_query.outline() {
            return Ok(Settled { lane, access_path, seen: None });
        }
        let mut snapshot = Snapshot::take(&self.pools, Lane::Quick).await?;
        let mut fewest = (u64::MAX, AccessPath::Any);
        for (access_path, statement) in list_query.left() {
            let left = snapshot.number(&statement).await?;
            if left < fewest.0 {
                fewest = (left, access_path);
            }
        }
        let (lane, access_path) = list_query.table.settled(&list_query.plan, fewest.0, fewest.1);
        if lane == Lane::Quick {
            return Ok(Settled { lane, access_path, seen: Some(snapshot) });
        }
        snapshot.finish();
        Ok(Settled { lane, access_path, seen: None })
    }

    /// Explains a page and its total: the SQL of both, and PostgreSQL's query plans.
    pub(crate) async fn explain_list(
        &self,
        list_query: &ListQuery,
        start: &Start,
        limit: u32,
    ) -> Result<Explanation, StoreError> {
        let settled = self.settle(list_query).await?;
        let (lane, access_path) = (settled.lane, settled.access_path);
        let mut snapshot = settled.snapshot(&self.pools).await?;
        let statements = match list_query.walk_of(access_path) {
            None => [list_query.page(access_path, start, limit), list_query.count()],
            Some(walk) => [walk.statement(true), walk.statement(false)],
        };
        let mut shown = Vec::new();
        for statement in statements {
            let Statement { sql, bindings } = statement;
            let explain = Statement { sql: format!("EXPLAIN (COSTS OFF) {sql}"), bindings };
            let rows = snapshot.rows(&explain).await?;
            let steps = rows.iter().map(|row| row.try_get(0).map_err(error));
            shown.push(std::iter::once(Ok(sql)).chain(steps).collect::<Result<Vec<String>, _>>()?);
        }
        snapshot.finish();
        let count = shown.pop().unwrap_or_default();
        let page = shown.pop().unwrap_or_default();
        Ok(Explanation { scans: lane == Lane::Scan, page, count })
    }
}

/// Explanation of a list query.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// True when the query scans the rows instead of using indexes.
    pub scans: bool,
    /// SQL of the page, followed by the steps of its query plan.
    pub page: Vec<String>,
    /// SQL of the total, followed by the steps of its query plan.
    pub count: Vec<String>,
}

/// Lane and access path of a query, and the snapshot already taken, if any.
struct Settled {
    lane: Lane,
    access_path: AccessPath,
    seen: Option<Snapshot>,
}

impl Settled {
    async fn snapshot(self, pools: &Pools) -> Result<Snapshot, StoreError> {
        match self.seen {
            Some(snapshot) => Ok(snapshot),
            None => Snapshot::take(pools, self.lane).await,
        }
    }
}

/// A list, read in one snapshot.
struct List<'a> {
    list_query: &'a ListQuery,
    access_path: AccessPath,
    totals: &'a Totals,
}

impl List<'_> {
    async fn page<T>(
        &self,
        snapshot: &mut Snapshot,
        start: &Start,
        limit: u32,
        read: Read<T>,
    ) -> Result<Page<T>, StoreError> {
        if let Some(walk) = self.list_query.walk_of(self.access_path) {
            let found = walk.page(snapshot, start, limit).await?;
            return self.found(snapshot, found, limit, read).await;
        }
        let (rows, full) = match limit {
            0 => (Vec::new(), false),
            limit => {
                snapshot
                    .page(&self.list_query.page(self.access_path, start, limit), limit, MAX_PAGE_BYTES)
                    .await?
            }
        };
        let more_after = rows.last().filter(|_| full).map(place).transpose()?;
        let found = rows.len() as u64;
        let total = match start {
            // A short page is the last one, so the total is known without counting.
            Start::Offset(offset) if !full && limit > 0 && (found > 0 || *offset == 0) => offset + found,
            _ => self.total(snapshot).await?,
        };
        let rows = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { rows, more_after, total })
    }

    /// Returns the page whose places were found by evaluation in this program.
    async fn found<T>(
        &self,
        snapshot: &mut Snapshot,
        found: Found,
        limit: u32,
        read: Read<T>,
    ) -> Result<Page<T>, StoreError> {
        let Found { mut places, total } = found;
        let full = places.len() > limit as usize;
        places.truncate(limit as usize);
        if places.is_empty() {
            return Ok(Page { rows: Vec::new(), more_after: None, total });
        }
        let numbers = places.iter().map(|place| place.seq).collect();
        let numbered = self.list_query.numbered(numbers);
        let (rows, cut) = snapshot.page(&numbered, limit, MAX_PAGE_BYTES).await?;
        // A snapshot contains every row whose place was found in it.
        places.truncate(rows.len());
        let rows = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { rows, more_after: places.pop().filter(|_| full || cut), total })
    }

    /// Returns the number of rows that match, counted again only after a write.
    async fn total(&self, snapshot: &mut Snapshot) -> Result<u64, StoreError> {
        if self.list_query.plan.depends_on_time() {
            return self.count(snapshot).await;
        }
        let Plan { terms, residual, order: _ } = &self.list_query.plan;
        let question =
            format!("{} {:?} {terms:?} {residual:?}", self.list_query.table.name, self.list_query.whose);
        let Some(moment) = totals::moment(snapshot).await? else { return self.count(snapshot).await };
        if let Some(total) = self.totals.get(&moment, &question) {
            return Ok(total);
        }
        let total = self.count(snapshot).await?;
        self.totals.keep(moment, question, total);
        Ok(total)
    }

    async fn count(&self, snapshot: &mut Snapshot) -> Result<u64, StoreError> {
        match self.list_query.walk_of(self.access_path) {
            Some(walk) if walk.decides() => walk.count(snapshot).await,
            _ => snapshot.number(&self.list_query.count()).await,
        }
    }
}

/// Reads the place of a row in the order: its keys follow its number.
fn place(row: &Row) -> Result<Place, StoreError> {
    let number = row.columns().iter().position(|column| column.name() == "seq");
    let number = number.ok_or_else(|| StoreError::Unexpected("a row without a number".to_owned()))?;
    let keys = (number + 1..row.len()).map(|column| key_value(row, column)).collect::<Result<_, _>>()?;
    Ok(Place { keys, seq: row.try_get(number).map_err(error)? })
}
