//! Evaluation in this program: each candidate row is fetched and tested by the query language's own
//! evaluator.
//!
//! [`epissure_filter`] defines the meaning of expressions, of members without a column, and of
//! orders by them, which PostgreSQL would evaluate differently. Of the documents, only the order
//! keys of the page's rows stay in memory.

use std::cmp::Ordering;
use std::pin::pin;

use epissure_filter::plan::{Column, ColumnTest, OrderBy, Term};
use epissure_filter::{Predicate, Projection, SortKey};
use epissure_store::{KeyValue, Place, Start, StoreError};
use futures_util::TryStreamExt as _;
use tokio_postgres::Row;

use crate::cost::AccessPath;
use crate::error::error;
use crate::render::{ListQuery, Statement};
use crate::snapshot::Snapshot;

/// Maximum size of the keys of a page's rows and of the rows before it, in bytes.
const MAX_CACHED: usize = 64 << 20;
/// Number of rows evaluated between two yields to other tasks.
const BETWEEN_TURNS: usize = 256;

/// Tests and sort keys to evaluate.
pub(crate) struct Walk<'a> {
    list_query: &'a ListQuery,
    access_path: AccessPath,
    checks: Vec<Check<'a>>,
    predicates: &'a [Predicate],
    filtered: Projection,
    /// Order keys in the document.
    keys: Vec<Option<(SortKey, Projection)>>,
}

/// A test of a column.
struct Check<'a> {
    column: &'static str,
    test: &'a ColumnTest,
    negated: bool,
}

impl Check<'_> {
    fn holds(&self, text: Option<&str>) -> bool {
        let found = text.is_some_and(|text| match self.test {
            ColumnTest::Matches(pattern) => pattern.is_match(text),
            ColumnTest::Glob(glob) => glob.is_match(text),
            _ => false,
        });
        found != self.negated
    }
}

/// Result of an evaluation.
pub(crate) struct Found {
    /// Places of the page's rows, in order, and one extra when more follow.
    pub(crate) places: Vec<Place>,
    /// Number of rows that match.
    pub(crate) total: u64,
}

impl ListQuery {
    /// Returns the tests to evaluate in this program; `None` when PostgreSQL can evaluate all of
    /// them.
    pub(crate) fn walk_of(&self, access_path: AccessPath) -> Option<Walk<'_>> {
        let checks: Vec<Check<'_>> = self.plan.terms.iter().filter_map(|term| self.check(term)).collect();
        let keys = self.plan.order.iter().map(|order| match &order.by {
            OrderBy::Column(_) => None,
            OrderBy::Document(field) => {
                let key =
                    SortKey { field: field.clone(), descending: order.descending, parameter: String::new() };
                let projection = Projection::new(&[], std::slice::from_ref(&key));
                Some((key, projection))
            }
        });
        let keys: Vec<_> = keys.collect();
        let predicates = &self.plan.residual;
        if checks.is_empty() && predicates.is_empty() && keys.iter().all(Option::is_none) {
            return None;
        }
        Some(Walk {
            list_query: self,
            access_path,
            checks,
            predicates,
            filtered: Projection::new(predicates, &[]),
            keys,
        })
    }

    fn check<'a>(&'a self, term: &'a Term) -> Option<Check<'a>> {
        let Term::Column { column: column @ Column { name, .. }, test, negated } = term else { return None };
        self.is_checked(*column, test).then_some(Check { column: name, test, negated: *negated })
    }
}

impl Walk<'_> {
    /// Returns the places of a page, and the total.
    pub(crate) async fn page(
        &self,
        snapshot: &mut Snapshot,
        start: &Start,
        limit: u32,
    ) -> Result<Found, StoreError> {
        let (offset, after) = match start {
            Start::Offset(offset) => (usize::try_from(*offset).unwrap_or(usize::MAX), None),
            Start::After(place) => (0, Some(place)),
        };
        let order = Order {
            descending: self.list_query.order_of().iter().map(|order| order.descending).collect(),
            latest_first: self.list_query.latest_first(),
        };
        let most = if limit == 0 { 0 } else { offset.saturating_add(limit as usize + 1) };
        let mut best = Best { order, most, places: Vec::new(), bytes: 0 };
        let mut total = 0;
        self.each(snapshot, true, |walk, row| {
            total += 1;
            let place = walk.place(row)?;
            let beyond = after.is_none_or(|after| best.order.compare(after, &place).is_lt());
            if beyond { best.keep(place) } else { Ok(()) }
        })
        .await?;
        let mut places = best.finish();
        places.drain(..offset.min(places.len()));
        Ok(Found { places, total })
    }

    /// Returns the number of rows that match.
    pub(crate) async fn count(&self, snapshot: &mut Snapshot) -> Result<u64, StoreError> {
        let mut total = 0;
        self.each(snapshot, false, |_, _| {
            total += 1;
            Ok(())
        })
        .await?;
        Ok(total)
    }

    /// Renders the statement that fetches the rows.
    pub(crate) fn statement(&self, with_keys: bool) -> Statement {
        let columns: Vec<&str> = self.checks.iter().map(|check| check.column).collect();
        self.list_query.walk(self.access_path, with_keys, self.reads_document(with_keys), &columns)
    }

    /// Checks that the evaluation decides which rows match, and not only their order.
    pub(crate) fn decides(&self) -> bool {
        !self.checks.is_empty() || !self.predicates.is_empty()
    }

    /// Calls a function for each row that matches.
    async fn each(
        &self,
        snapshot: &mut Snapshot,
        with_keys: bool,
        mut then: impl FnMut(&Self, &Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut rows = pin!(snapshot.stream(&self.statement(with_keys)).await?);
        let mut seen = 0;
        while let Some(row) = rows.try_next().await.map_err(error)? {
            if self.matches(&row, with_keys)? {
                then(self, &row)?;
            }
            seen += 1;
            if seen % BETWEEN_TURNS == 0 {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    fn reads_document(&self, with_keys: bool) -> bool {
        !self.predicates.is_empty() || with_keys && self.keys.iter().any(Option::is_some)
    }

    fn matches(&self, row: &Row, with_keys: bool) -> Result<bool, StoreError> {
        let first = 1 + if with_keys { self.columns_in_order() } else { 0 };
        for (at, check) in self.checks.iter().enumerate() {
            if !check.holds(row.try_get(first + at).map_err(error)?) {
                return Ok(false);
            }
        }
        if self.predicates.is_empty() {
            return Ok(true);
        }
        let document = self.filtered.read(document(row)?).map_err(|wrong| self.unreadable(row, &wrong))?;
        Ok(self.predicates.iter().all(|predicate| predicate.matches(&document)))
    }

    /// Returns the number of order keys that are columns.
    fn columns_in_order(&self) -> usize {
        self.list_query.order_of().iter().filter(|order| matches!(order.by, OrderBy::Column(_))).count()
    }

    /// Returns the place of a row in the order.
    fn place(&self, row: &Row) -> Result<Place, StoreError> {
        let mut column = 0;
        let mut keys = Vec::new();
        for (at, order) in self.list_query.order_of().iter().enumerate() {
            match (&order.by, self.keys.get(at)) {
                (OrderBy::Document(_), Some(Some((key, projection)))) => {
                    let document =
                        projection.read(document(row)?).map_err(|wrong| self.unreadable(row, &wrong))?;
                    keys.push(key.value(&document).to_bytes().map_or(KeyValue::Null, KeyValue::Bytes));
                }
                _ => {
                    column += 1;
                    keys.push(key_value(row, column)?);
                }
            }
        }
        Ok(Place { keys, seq: row.try_get(0).map_err(error)? })
    }

    fn unreadable(&self, row: &Row, wrong: &serde_json::Error) -> StoreError {
        let number: i64 = row.try_get(0).unwrap_or_default();
        // The position of the error, without the text there: it may be personal data.
        let what = format!("the document is no JSON: {:?} at {}", wrong.classify(), wrong.column());
        StoreError::Inconsistent { table: self.list_query.table.name, row: number.to_string(), what }
    }
}

/// Reads the document of a row, its last column.
fn document(row: &Row) -> Result<&str, StoreError> {
    row.try_get(row.len() - 1).map_err(error)
}

/// Reads an order key from a column of a row.
pub(crate) fn key_value(row: &Row, column: usize) -> Result<KeyValue, StoreError> {
    let of_text = *row.columns()[column].type_() == tokio_postgres::types::Type::TEXT;
    let value = if of_text {
        row.try_get::<_, Option<String>>(column).map_err(error)?.map(KeyValue::Text)
    } else {
        row.try_get::<_, Option<i64>>(column).map_err(error)?.map(KeyValue::Integer)
    };
    Ok(value.unwrap_or(KeyValue::Null))
}

/// Order of a list.
struct Order {
    /// For each key, true when the greatest value comes first.
    descending: Vec<bool>,
    latest_first: bool,
}

impl Order {
    fn compare(&self, a: &Place, b: &Place) -> Ordering {
        let keys = a.keys.iter().zip(&b.keys).zip(&self.descending);
        for ((a, b), descending) in keys {
            let order = compare(a, b);
            if order.is_ne() {
                return if *descending { order.reverse() } else { order };
            }
        }
        if self.latest_first { b.seq.cmp(&a.seq) } else { a.seq.cmp(&b.seq) }
    }
}

/// Compares two keys. NULL is lowest; the values of one key have one type.
fn compare(a: &KeyValue, b: &KeyValue) -> Ordering {
    match (a, b) {
        (KeyValue::Integer(a), KeyValue::Integer(b)) => a.cmp(b),
        (KeyValue::Text(a), KeyValue::Text(b)) => a.cmp(b),
        (KeyValue::Bytes(a), KeyValue::Bytes(b)) => a.cmp(b),
        (a, b) => (*a != KeyValue::Null).cmp(&(*b != KeyValue::Null)),
    }
}

/// Collects the first places of an order.
struct Best {
    order: Order,
    most: usize,
    places: Vec<Place>,
    bytes: usize,
}

impl Best {
    fn keep(&mut self, place: Place) -> Result<(), StoreError> {
        self.bytes += size(&place);
        self.places.push(place);
        if self.places.len() > self.most.saturating_mul(2).max(1024) {
            self.cut();
        }
        if self.bytes <= MAX_CACHED {
            return Ok(());
        }
        self.cut();
        if self.bytes <= MAX_CACHED / 2 { Ok(()) } else { Err(StoreError::TooExpensive) }
    }

    fn cut(&mut self) {
        self.places.sort_unstable_by(|a, b| self.order.compare(a, b));
        self.places.truncate(self.most);
        self.bytes = self.places.iter().map(size).sum();
    }

    fn finish(mut self) -> Vec<Place> {
        self.cut();
        self.places
    }
}

fn size(place: &Place) -> usize {
    let held = |key: &KeyValue| match key {
        KeyValue::Text(text) => text.len(),
        KeyValue::Bytes(bytes) => bytes.len(),
        KeyValue::Null | KeyValue::Integer(_) => 0,
    };
    size_of::<Place>() + place.keys.iter().map(|key| size_of::<KeyValue>() + held(key)).sum::<usize>()
}
