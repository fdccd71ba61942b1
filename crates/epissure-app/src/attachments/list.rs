//! Lists and counts the attachments of a ticket.

use epissure_filter::Query;
use epissure_protocol::attachment;
use epissure_protocol::dialect::Dialect;
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::Problem;
use epissure_store::Collection;

use crate::subresources::{List, Listed};
use crate::{App, Caller};

/// Returns the attachments of a ticket that match a query, and their total number. Without a sort,
/// they are in the order of insertion. The query uses the words of the dialect.
///
/// # Errors
/// Returns 404 when the caller may see no such ticket, 400 when the query has a cursor.
pub async fn list(
    app: &App,
    caller: &Caller,
    ticket: TicketId,
    query: &Query,
    dialect: Dialect,
) -> Result<Listed, Problem> {
    attachments(app, caller, ticket, dialect).page(query).await
}

/// Returns the number of attachments of a ticket that match a query.
///
/// # Errors
/// Returns 404 when the caller may see no such ticket.
pub async fn count(
    app: &App,
    caller: &Caller,
    ticket: TicketId,
    query: &Query,
    dialect: Dialect,
) -> Result<u64, Problem> {
    attachments(app, caller, ticket, dialect).count(query).await
}

fn attachments<'a>(app: &'a App, caller: &'a Caller, ticket: TicketId, dialect: Dialect) -> List<'a> {
    let public = match dialect {
        Dialect::Orange10 => attachment::public,
        Dialect::Interop20 => |kept| attachment::in_contract_words(attachment::public(kept)),
    };
    List { app, caller, ticket, of: Collection::Attachments, public }
}
