//! Lists and counts events.

use epissure_filter::{Plan, Query};
use epissure_protocol::problem::Problem;
use epissure_store::{EVENT_CATALOG, StoredEvent};

use crate::cursor::{Next, Turn};
use crate::failure::failed;
use crate::{App, Caller};

/// A page of events.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The events.
    pub events: Vec<StoredEvent>,
    /// How many match in all.
    pub total: u64,
    /// How many come before the page.
    pub before: u64,
    /// Where the next page begins, when there is one.
    pub next: Option<Next>,
}

/// Without an order, events are in that in which they were committed, which is no key.
const OWN_KEYS: usize = 0;

/// The events of the caller's tickets that a query asks for, and how many there are in all.
///
/// # Errors
/// When the query's cursor is not its own, when it costs too much, or when the store fails.
pub async fn list(app: &App, caller: &Caller, query: &Query) -> Result<Listed, Problem> {
    let turn = Turn::new(query, Plan::new(query, &EVENT_CATALOG), OWN_KEYS, app.clock.now())?;
    let page = app.store.list_events(turn.request(caller.viewer(), query.limit)).await.map_err(failed)?;
    let next = turn.next(page.more_after, page.rows.len());
    Ok(Listed { events: page.rows, total: page.total, before: turn.before, next })
}

/// How many events of the caller's tickets match.
///
/// # Errors
/// When the query costs too much, or the store fails.
pub async fn count(app: &App, caller: &Caller, query: &Query) -> Result<u64, Problem> {
    let plan = Plan::new(query, &EVENT_CATALOG);
    app.store.count_events(caller.viewer(), plan, app.clock.now()).await.map_err(failed)
}
