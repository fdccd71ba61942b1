//! Lists and counts the notes of a ticket.

use epissure_filter::Query;
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::Problem;
use epissure_store::Collection;

use crate::subresources::{List, Listed};
use crate::{App, Caller};

/// Returns the notes of a ticket that match a query, and their total number. Without a sort, they
/// are in the order of insertion.
///
/// # Errors
/// Returns 404 when the caller may see no such ticket, 400 when the query has a cursor.
pub async fn list(app: &App, caller: &Caller, ticket: TicketId, query: &Query) -> Result<Listed, Problem> {
    notes(app, caller, ticket).page(query).await
}

/// Returns the number of notes of a ticket that match a query.
///
/// # Errors
/// Returns 404 when the caller may see no such ticket.
pub async fn count(app: &App, caller: &Caller, ticket: TicketId, query: &Query) -> Result<u64, Problem> {
    notes(app, caller, ticket).count(query).await
}

fn notes<'a>(app: &'a App, caller: &'a Caller, ticket: TicketId) -> List<'a> {
    List { app, caller, ticket, of: Collection::Notes, public: |note| note }
}
