//! Lists and counts the attachments of a ticket.

use epissure_filter::Query;
use epissure_protocol::attachment;
use epissure_protocol::dialect::Dialect;
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::Problem;
use epissure_store::Collection;

use crate::subresources::{List, Listed};
use crate::{App, Caller};

/// The attachments of a ticket that a query asks for, and how many there are in all; without a sort, in the order in
/// which they were added. The query sees the words of the dialect.
///
/// # Errors
/// 404 when there is no ticket that the caller may see, 400 when the query has a cursor.
pub async fn list(
    app: &App,
    caller: &Caller,
    ticket: TicketId,
    query: &Query,
    dialect: Dialect,
) -> Result<Listed, Problem> {
    attachments(app, caller, ticket, dialect).page(query).await
}

/// How many attachments of a ticket match.
///
/// # Errors
/// 404 when there is no ticket that the caller may see.
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
