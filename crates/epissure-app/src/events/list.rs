//! Lists and counts events.

use epissure_filter::{Plan, Query};
use epissure_protocol::problem::Problem;
use epissure_store::{EVENT_CATALOG, StoredEvent};

use crate::cursor::{Next, PageRequest};
use crate::failure::failed;
use crate::{App, Caller};

/// A page of events.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Events of the page.
    pub events: Vec<StoredEvent>,
    /// Total number of matching events.
    pub total: u64,
    /// Number of matching events before the page.
    pub before: u64,
    /// Start of the next page, if any.
    pub next: Option<Next>,
}

/// Number of sort keys of the default order: events are in commit order, which is not a key.
const OWN_KEYS: usize = 0;

/// Returns the events of the caller's tickets that match a query, and their total number.
///
/// # Errors
/// Fails when the cursor belongs to another query, the query is too expensive, or the store fails.
pub async fn list(app: &App, caller: &Caller, query: &Query) -> Result<Listed, Problem> {
    let page_request = PageRequest::new(query, Plan::new(query, &EVENT_CATALOG), OWN_KEYS, app.clock.now())?;
    let page =
        app.store.list_events(page_request.request(caller.viewer(), query.limit)).await.map_err(failed)?;
    let next = page_request.next(page.more_after, page.rows.len());
    Ok(Listed { events: page.rows, total: page.total, before: page_request.before, next })
}

/// Returns the number of events of the caller's tickets that match a query.
///
/// # Errors
/// Fails when the query is too expensive, or the store fails.
pub async fn count(app: &App, caller: &Caller, query: &Query) -> Result<u64, Problem> {
    let plan = Plan::new(query, &EVENT_CATALOG);
    app.store.count_events(caller.viewer(), plan, app.clock.now()).await.map_err(failed)
}
