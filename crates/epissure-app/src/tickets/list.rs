//! Lists and counts tickets.

use epissure_filter::{Plan, Query};
use epissure_protocol::problem::Problem;
use epissure_store::{CATALOG, ListRequest, Role, Start};

use super::Shown;
use crate::cursor::Cursor;
use crate::failure::failed;
use crate::{App, Caller};

/// A page of tickets.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The tickets.
    pub tickets: Vec<Shown>,
    /// How many match in all.
    pub total: u64,
    /// How many come before the page, in the order asked for; when it begins at a cursor, by the count of the pages
    /// walked through.
    pub before: u64,
    /// Where the next page begins, when there is one.
    pub next: Option<Next>,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// At this cursor.
    Cursor(String),
    /// At this offset: its cursor would be too long for an address.
    Offset(u64),
}

/// The caller's tickets that a query asks for, and how many there are in all.
///
/// # Errors
/// When the query's cursor is not its own, when it costs too much, or when the store fails.
pub async fn list(app: &App, caller: &Caller, query: &Query) -> Result<Listed, Problem> {
    let plan = Plan::new(query, &CATALOG);
    let cursor = query.cursor.as_deref().map(|text| Cursor::read(text, &plan)).transpose()?;
    // A walk compares running durations as of its first page; otherwise they would overtake one another on the way.
    let began = cursor.as_ref().filter(|_| plan.depends_on_time()).map(|cursor| cursor.at);
    let now = began.unwrap_or_else(|| app.clock.now());
    let (start, before) = match cursor {
        Some(cursor) => (Start::After(cursor.place), cursor.before),
        None => (Start::Offset(query.offset), query.offset),
    };
    let request = ListRequest { viewer: caller.viewer(), plan: plan.clone(), start, limit: query.limit, now };
    let page = app.store.list(request).await.map_err(failed)?;
    let behind = before + page.tickets.len() as u64;
    let next = page.more_after.map(|place| {
        let cursor = Cursor::new(&plan, place, behind, now);
        cursor.to_text().map_or(Next::Offset(behind), Next::Cursor)
    });
    let for_oi = caller.role == Role::Oi;
    let tickets = page.tickets.into_iter().map(|stored| Shown::new(stored, for_oi, now)).collect();
    Ok(Listed { tickets, total: page.total, before, next })
}

/// How many of the caller's tickets match.
///
/// # Errors
/// When the query costs too much, or the store fails.
pub async fn count(app: &App, caller: &Caller, query: &Query) -> Result<u64, Problem> {
    let plan = Plan::new(query, &CATALOG);
    app.store.count(caller.viewer(), plan, app.clock.now()).await.map_err(failed)
}
