//! Lists and counts the notes of a ticket.

use epissure_filter::Query;
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::Problem;
use epissure_store::Collection;

use crate::subresources::{List, Listed};
use crate::{App, Caller};

/// The notes of a ticket that a query asks for, and how many there are in all; without a sort, in the order in which
/// they were written.
///
/// # Errors
/// 404 when there is no ticket that the caller may see, 400 when the query has a cursor.
pub async fn list(app: &App, caller: &Caller, ticket: TicketId, query: &Query) -> Result<Listed, Problem> {
    notes(app, caller, ticket).page(query).await
}

/// How many notes of a ticket match.
///
/// # Errors
/// 404 when there is no ticket that the caller may see.
pub async fn count(app: &App, caller: &Caller, ticket: TicketId, query: &Query) -> Result<u64, Problem> {
    notes(app, caller, ticket).count(query).await
}

fn notes<'a>(app: &'a App, caller: &'a Caller, ticket: TicketId) -> List<'a> {
    List { app, caller, ticket, of: Collection::Notes, public: |note| note }
}
