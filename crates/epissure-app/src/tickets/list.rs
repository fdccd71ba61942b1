//! Lists and counts tickets.

use epissure_filter::{Plan, Query};
use epissure_protocol::problem::Problem;
use epissure_store::{CATALOG, Role};

use super::Shown;
use crate::cursor::{Next, Turn};
use crate::failure::failed;
use crate::{App, Caller};

/// A page of tickets.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The tickets.
    pub tickets: Vec<Shown>,
    /// How many match in all.
    pub total: u64,
    /// How many come before the page.
    pub before: u64,
    /// Where the next page begins, when there is one.
    pub next: Option<Next>,
}

/// Without an order, tickets are in that of their creation.
const OWN_KEYS: usize = 1;

/// The caller's tickets that a query asks for, and how many there are in all.
///
/// # Errors
/// When the query's cursor is not its own, when it costs too much, or when the store fails.
pub async fn list(app: &App, caller: &Caller, query: &Query) -> Result<Listed, Problem> {
    let turn = Turn::new(query, Plan::new(query, &CATALOG), OWN_KEYS, app.clock.now())?;
    let page = app.store.list(turn.request(caller.viewer(), query.limit)).await.map_err(failed)?;
    let next = turn.next(page.more_after, page.rows.len());
    let for_oi = caller.role == Role::Oi;
    let tickets = page.rows.into_iter().map(|stored| Shown::new(stored, for_oi, turn.now)).collect();
    Ok(Listed { tickets, total: page.total, before: turn.before, next })
}

/// How many of the caller's tickets match.
///
/// # Errors
/// When the query costs too much, or the store fails.
pub async fn count(app: &App, caller: &Caller, query: &Query) -> Result<u64, Problem> {
    let plan = Plan::new(query, &CATALOG);
    app.store.count(caller.viewer(), plan, app.clock.now()).await.map_err(failed)
}
