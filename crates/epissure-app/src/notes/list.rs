//! Lists and counts the notes of a ticket.

use epissure_filter::{Query, compare_all};
use epissure_protocol::json::Object;
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::{Code, Problem};
use serde_json::Value;

use crate::failure::{failed, unreadable};
use crate::{App, Caller};

/// A page of notes.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The notes.
    pub notes: Vec<Object>,
    /// How many match in all.
    pub total: u64,
}

/// The notes of a ticket that a query asks for, and how many there are in all; without an order, in that in which
/// they were written.
///
/// # Errors
/// 404 when there is no ticket that the caller may see; when the query has a cursor: there are none here.
pub async fn list(app: &App, caller: &Caller, ticket: TicketId, query: &Query) -> Result<Listed, Problem> {
    if query.cursor.is_some() {
        return Err(Problem::new(
            Code::InvalidQueryParameter,
            "`cursor`: the notes of a ticket are few, and are paged by `offset`",
        ));
    }
    let found = matching(app, caller, ticket, query).await?;
    let total = found.len() as u64;
    let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let page = found.into_iter().skip(offset).take(query.limit as usize);
    let notes = page.filter_map(|note| if let Value::Object(note) = note { Some(note) } else { None });
    Ok(Listed { notes: notes.collect(), total })
}

/// How many notes of a ticket match.
///
/// # Errors
/// 404 when there is no ticket that the caller may see.
pub async fn count(app: &App, caller: &Caller, ticket: TicketId, query: &Query) -> Result<u64, Problem> {
    Ok(matching(app, caller, ticket, query).await?.len() as u64)
}

/// A ticket's notes are bounded in number: they are read, and the query is evaluated on them.
async fn matching(
    app: &App,
    caller: &Caller,
    ticket: TicketId,
    query: &Query,
) -> Result<Vec<Value>, Problem> {
    let texts = app.store.notes(ticket, &caller.viewer()).await.map_err(failed)?;
    let texts = texts.ok_or_else(|| Problem::standard(Code::NotFound))?;
    let mut found = Vec::new();
    for text in &texts {
        let note: Value = serde_json::from_str(text).map_err(|error| unreadable("note", &error))?;
        if query.matches(&note) {
            found.push(note);
        }
    }
    // As other lists: equal notes come latest first when the last key descends.
    if query.sort.last().is_some_and(|key| key.descending) {
        found.reverse();
    }
    found.sort_by(|a, b| compare_all(&query.sort, a, b));
    Ok(found)
}
