//! Reads what is said of one attachment.

use epissure_protocol::json::Object;
use epissure_protocol::names::{AttachmentId, TicketId};
use epissure_protocol::problem::Problem;

use super::{find, public};
use crate::{App, Caller};

/// An attachment.
///
/// # Errors
/// 404 when there is none that the caller may see.
pub async fn read(app: &App, caller: &Caller, ticket: TicketId, id: AttachmentId) -> Result<Object, Problem> {
    public(&find(app, caller, ticket, id).await?)
}
