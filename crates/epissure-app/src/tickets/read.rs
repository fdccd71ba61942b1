//! Reads one ticket.

use epissure_protocol::names::TicketId;
use epissure_protocol::problem::{Code, Problem};
use epissure_store::Role;

use super::Shown;
use crate::failure::failed;
use crate::{App, Caller};

/// Returns a ticket.
///
/// # Errors
/// Returns 404 when the caller may see no such ticket.
pub async fn read(app: &App, caller: &Caller, id: TicketId) -> Result<Shown, Problem> {
    let stored = app.store.ticket(id, &caller.viewer()).await.map_err(failed)?;
    let stored = stored.ok_or_else(|| Problem::standard(Code::NotFound))?;
    Ok(Shown::new(stored, caller.role == Role::Oi, app.clock.now()))
}
