//! Reads the metadata of one attachment.

use epissure_protocol::json::Object;
use epissure_protocol::names::{AttachmentId, TicketId};
use epissure_protocol::problem::Problem;

use super::{find, public};
use crate::{App, Caller};

/// Returns the metadata of an attachment.
///
/// # Errors
/// Returns 404 when the caller may see no such attachment.
pub async fn read(app: &App, caller: &Caller, ticket: TicketId, id: AttachmentId) -> Result<Object, Problem> {
    public(&find(app, caller, ticket, id).await?)
}
