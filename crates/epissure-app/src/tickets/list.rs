//! Lists and counts tickets.

use epissure_filter::{Plan, Query};
use epissure_protocol::problem::Problem;
use epissure_store::{CATALOG, ListRequest, Role};

use super::Shown;
use crate::failure::failed;
use crate::{App, Caller};

/// The caller's tickets that a query asks for, and how many there are in all.
///
/// # Errors
/// When the query costs too much, or the store fails.
pub async fn list(app: &App, caller: &Caller, query: &Query) -> Result<(Vec<Shown>, u64), Problem> {
    let now = app.clock.now();
    let request = ListRequest {
        viewer: caller.viewer(),
        plan: Plan::new(query, &CATALOG),
        offset: query.offset,
        limit: query.limit,
        now,
    };
    let page = app.store.list(request).await.map_err(failed)?;
    let for_oi = caller.role == Role::Oi;
    let shown = page.tickets.into_iter().map(|stored| Shown::new(stored, for_oi, now)).collect();
    Ok((shown, page.total))
}

/// How many of the caller's tickets match.
///
/// # Errors
/// When the query costs too much, or the store fails.
pub async fn count(app: &App, caller: &Caller, query: &Query) -> Result<u64, Problem> {
    let plan = Plan::new(query, &CATALOG);
    app.store.count(caller.viewer(), plan, app.clock.now()).await.map_err(failed)
}
