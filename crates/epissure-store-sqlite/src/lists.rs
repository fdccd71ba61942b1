//! Lists in the query language: the page, its total, and the cost of both.

use epissure_filter::Plan;
use epissure_store::{KeyValue, ListRequest, MAX_PAGE_BYTES, Page, Place, Start, StoreError, Viewer};
use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Row, params_from_iter};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::SqliteStore;
use crate::cost::{AccessPath, Outline, TICKETS, Table};
use crate::readers::{Lane, Reader};
use crate::render::{self, Question, Statement};

impl SqliteStore {
    /// Returns a page of a table, with each row read by `read`.
    pub(crate) async fn page<T: Send + 'static>(
        &self,
        table: &'static Table,
        request: ListRequest,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Page<T>, StoreError> {
        if request.plan.is_empty() {
            return Ok(Page { rows: Vec::new(), more_after: None, total: 0 });
        }
        let ListRequest { viewer, plan, start, limit, now } = request;
        self.find(table, plan, now, move |reader, plan, access_path| {
            let question = Question { table, viewer: &viewer, plan, now, access_path };
            // The page and the total come from the same snapshot.
            let snapshot = reader.unchecked_transaction()?;
            let (rows, full) = match limit {
                0 => (Vec::new(), false),
                limit => rows(reader, render::page(question, &start, limit), limit, MAX_PAGE_BYTES, read)?,
            };
            let last = rows.last().filter(|_| full).map(|(_, seq)| *seq);
            let more_after = last.map(|seq| place(reader, question, seq)).transpose()?;
            let found = rows.len() as u64;
            let total = match start {
                // A short page is the last one, so the total is known without counting.
                Start::Offset(offset) if !full && limit > 0 && (found > 0 || offset == 0) => offset + found,
                _ => total(reader, question)?,
            };
            snapshot.finish()?;
            Ok(Page { rows: rows.into_iter().map(|(row, _)| row).collect(), more_after, total })
        })
        .await
    }

    /// Returns the number of rows of a table that match.
    pub(crate) async fn total(
        &self,
        table: &'static Table,
        viewer: Viewer,
        plan: Plan,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        if plan.is_empty() {
            return Ok(0);
        }
        self.find(table, plan, now, move |reader, plan, access_path| {
            let snapshot = reader.unchecked_transaction()?;
            let total = total(reader, Question { table, viewer: &viewer, plan, now, access_path })?;
            snapshot.finish()?;
            Ok(total)
        })
        .await
    }

    /// Runs a query on the access path and threads that its cost requires.
    async fn find<T, F>(
        &self,
        table: &'static Table,
        plan: Plan,
        now: Timestamp,
        work: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader, &Plan, AccessPath) -> rusqlite::Result<T> + Send + 'static,
    {
        if let Outline::Known(lane, access_path) = table.outline(&plan) {
            let _place = self.pages.take(lane).await;
            return self.readers.run_in(lane, move |reader| work(reader, &plan, access_path)).await;
        }
        let place = self.pages.take(Lane::Quick).await;
        let looked = self
            .readers
            .run(move |reader| {
                let (lane, access_path) = table.settled(&plan, fewest_left(reader, table, &plan, now)?);
                Ok(match lane {
                    Lane::Quick => Looked::Done(work(reader, &plan, access_path)?),
                    Lane::Scan => Looked::Costly(plan, access_path, work),
                })
            })
            .await?;
        match looked {
            Looked::Done(found) => Ok(found),
            Looked::Costly(plan, access_path, work) => {
                drop(place);
                self.readers.run_in(Lane::Scan, move |reader| work(reader, &plan, access_path)).await
            }
        }
    }

    /// Explains a page of tickets and its total: the SQL of both, and SQLite's query plans.
    ///
    /// # Errors
    ///
    /// Fails when the database does not answer.
    pub async fn explain(&self, request: ListRequest) -> Result<Explanation, StoreError> {
        self.readers
            .run(move |reader| {
                let ListRequest { viewer, plan, start, limit, now } = &request;
                let (lane, access_path) = match TICKETS.outline(plan) {
                    Outline::Known(lane, access_path) => (lane, access_path),
                    Outline::Depends => TICKETS.settled(plan, fewest_left(reader, &TICKETS, plan, *now)?),
                };
                let question = Question { table: &TICKETS, viewer, plan, now: *now, access_path };
                Ok(Explanation {
                    scans: lane == Lane::Scan,
                    page: steps(reader, render::page(question, start, *limit))?,
                    count: steps(reader, render::count(question))?,
                })
            })
            .await
    }
}

/// Maximum number of quick lists read at once, which bounds the pages in memory. Scans are bounded
/// by the number of their threads.
const PAGES: usize = 4;

/// Permits to read quick lists.
#[derive(Debug)]
pub(crate) struct PagePlaces(Semaphore);

impl Default for PagePlaces {
    fn default() -> Self {
        Self(Semaphore::new(PAGES))
    }
}

impl PagePlaces {
    /// Acquires a permit, released on drop.
    pub(crate) async fn take(&self, lane: Lane) -> Option<SemaphorePermit<'_>> {
        match lane {
            Lane::Quick => self.0.acquire().await.ok(),
            Lane::Scan => None,
        }
    }
}

/// Result of counting the rows that the conditions of a query leave.
enum Looked<T, F> {
    /// Few rows: the query was run at once.
    Done(T),
    /// Many rows: the query goes to the other threads.
    Costly(Plan, AccessPath, F),
}

/// Returns the number of rows that the most selective condition leaves, up to a limit.
fn fewest_left(reader: &Reader, table: &Table, plan: &Plan, now: Timestamp) -> rusqlite::Result<u64> {
    let mut fewest = u64::MAX;
    for statement in render::left(table, plan, now) {
        fewest = fewest.min(number(reader, statement)?);
    }
    Ok(fewest)
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

pub(crate) fn steps(reader: &Reader, statement: Statement) -> rusqlite::Result<Vec<String>> {
    reader.evaluation.prepare(statement.parts);
    let mut prepared = reader.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sql))?;
    let rows = prepared.query_map(params_from_iter(statement.bindings), |row| row.get::<_, String>(3))?;
    std::iter::once(Ok(statement.sql)).chain(rows).collect()
}

/// Returns the rows of a page with their numbers, and true when more rows follow. The page has at
/// most `limit` rows and `max_bytes` bytes, but at least one row.
pub(crate) fn rows<T>(
    reader: &Reader,
    statement: Statement,
    limit: u32,
    max_bytes: usize,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<(Vec<(T, i64)>, bool)> {
    reader.evaluation.prepare(statement.parts);
    let mut prepared = reader.prepare_cached(&statement.sql)?;
    let mut rows = prepared.query(params_from_iter(statement.bindings))?;
    let (mut found, mut left) = (Vec::new(), max_bytes);
    while let Some(row) = rows.next()? {
        let bytes = text_bytes(row)?;
        if found.len() == limit as usize || bytes > left && !found.is_empty() {
            return Ok((found, true));
        }
        left = left.saturating_sub(bytes);
        found.push((read(row)?, row.get(2)?));
    }
    Ok((found, false))
}

/// Returns the length of the texts of a row, in bytes.
pub(crate) fn text_bytes(row: &Row<'_>) -> rusqlite::Result<usize> {
    let columns = row.as_ref().column_count();
    (0..columns)
        .map(|column| Ok(row.get_ref(column)?.as_bytes_or_null().ok().flatten().map_or(0, <[u8]>::len)))
        .sum()
}

/// Returns the place of a row in the order of a plan.
fn place(reader: &Reader, question: Question<'_>, seq: i64) -> rusqlite::Result<Place> {
    let Some(statement) = render::keys(question, seq) else { return Ok(Place { keys: Vec::new(), seq }) };
    reader.evaluation.prepare(statement.parts);
    let mut prepared = reader.prepare_cached(&statement.sql)?;
    let columns = prepared.column_count();
    prepared.query_row(params_from_iter(statement.bindings), |row| {
        let keys = (0..columns).map(|at| Ok(key_value(row.get_ref(at)?)));
        Ok(Place { keys: keys.collect::<rusqlite::Result<_>>()?, seq })
    })
}

fn key_value(value: ValueRef<'_>) -> KeyValue {
    match value {
        ValueRef::Integer(whole) => KeyValue::Integer(whole),
        ValueRef::Text(text) => KeyValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => KeyValue::Bytes(bytes.to_owned()),
        // No column of an order contains a fraction.
        ValueRef::Null | ValueRef::Real(_) => KeyValue::Null,
    }
}

/// Returns the number of rows that match, counted again only after a write. Runs within a
/// transaction.
fn total(reader: &Reader, question: Question<'_>) -> rusqlite::Result<u64> {
    let count = || number(reader, render::count(question));
    let Question { table, viewer, plan, .. } = question;
    if plan.depends_on_time() {
        return count();
    }
    let Plan { terms, residual, order: _ } = plan;
    reader.totals.get_or(reader, format!("{} {viewer:?} {terms:?} {residual:?}", table.name), count)
}

/// Returns the single number that a statement selects.
fn number(reader: &Reader, statement: Statement) -> rusqlite::Result<u64> {
    reader.evaluation.prepare(statement.parts);
    let mut prepared = reader.prepare_cached(&statement.sql)?;
    let number: i64 = prepared.query_row(params_from_iter(statement.bindings), |row| row.get(0))?;
    Ok(number.unsigned_abs())
}
