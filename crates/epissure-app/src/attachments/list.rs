//! Lists and counts the attachments of a ticket.

use epissure_filter::Query;
use epissure_protocol::attachment;
use epissure_protocol::json::Object;
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::{Code, Problem};

use crate::failure::{failed, unreadable};
use crate::few::{self, Listed};
use crate::{App, Caller};

/// The attachments of a ticket that a query asks for, and how many there are in all; without an order, in that in which
/// they were added.
///
/// # Errors
/// 404 when there is no ticket that the caller may see; when the query has a cursor: there are none here.
pub async fn list(app: &App, caller: &Caller, ticket: TicketId, query: &Query) -> Result<Listed, Problem> {
    few::page(all(app, caller, ticket).await?, query, "attachments")
}

/// How many attachments of a ticket match.
///
/// # Errors
/// 404 when there is no ticket that the caller may see.
pub async fn count(app: &App, caller: &Caller, ticket: TicketId, query: &Query) -> Result<u64, Problem> {
    Ok(few::matching(all(app, caller, ticket).await?, query).len() as u64)
}

async fn all(app: &App, caller: &Caller, ticket: TicketId) -> Result<Vec<Object>, Problem> {
    let texts = app.store.attachments(ticket, &caller.viewer()).await.map_err(failed)?;
    let texts = texts.ok_or_else(|| Problem::standard(Code::NotFound))?;
    let read = |text: &String| serde_json::from_str(text).map_err(|error| unreadable("attachment", &error));
    texts.iter().map(|text| read(text).map(attachment::public)).collect()
}
