//! Lists and counts tickets.

use epissure_filter::{Plan, Query};
use epissure_protocol::problem::Problem;
use epissure_store::{CATALOG, Role};

use super::Shown;
use crate::cursor::{Next, PageRequest};
use crate::failure::failed;
use crate::{App, Caller};

/// A page of tickets.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Tickets of the page.
    pub tickets: Vec<Shown>,
    /// Total number of matching tickets.
    pub total: u64,
    /// Number of matching tickets before the page.
    pub before: u64,
    /// Start of the next page, if any.
    pub next: Option<Next>,
}

/// Number of sort keys of the default order, the order of creation.
const OWN_KEYS: usize = 1;

/// Returns the caller's tickets that match a query, and their total number.
///
/// # Errors
/// Fails when the cursor belongs to another query, the query is too expensive, or the store fails.
pub async fn list(app: &App, caller: &Caller, query: &Query) -> Result<Listed, Problem> {
    let page_request = PageRequest::new(query, Plan::new(query, &CATALOG), OWN_KEYS, app.clock.now())?;
    let page = app.store.list(page_request.request(caller.viewer(), query.limit)).await.map_err(failed)?;
    let next = page_request.next(page.more_after, page.rows.len());
    let for_oi = caller.role == Role::Oi;
    let tickets = page.rows.into_iter().map(|stored| Shown::new(stored, for_oi, page_request.now)).collect();
    Ok(Listed { tickets, total: page.total, before: page_request.before, next })
}

/// Returns the number of the caller's tickets that match a query.
///
/// # Errors
/// Fails when the query is too expensive, or the store fails.
pub async fn count(app: &App, caller: &Caller, query: &Query) -> Result<u64, Problem> {
    let plan = Plan::new(query, &CATALOG);
    app.store.count(caller.viewer(), plan, app.clock.now()).await.map_err(failed)
}
