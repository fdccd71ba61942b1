//! Reads the content of an attachment.

use std::ops::Range;

use epissure_protocol::attachment::AttachmentStatus;
use epissure_protocol::names::{AttachmentId, TicketId};
use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::AttachmentRefusal;
use jiff::Timestamp;

use super::{Pieces, find, lost};
use crate::{App, Caller};

/// Content of a VALIDATED attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readable {
    /// File name to offer for download.
    pub name: String,
    /// Media type of the file's kind.
    pub mime_type: String,
    /// SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// Size, in bytes.
    pub size: u64,
    /// Date of validation. The content never changes after it.
    pub since: Timestamp,
}

/// Returns the content of a VALIDATED attachment.
///
/// # Errors
/// Returns 404 when the caller may see no such attachment, or the attachment is not VALIDATED.
pub async fn content(
    app: &App,
    caller: &Caller,
    ticket: TicketId,
    id: AttachmentId,
) -> Result<Readable, Problem> {
    let attachment = find(app, caller, ticket, id).await?;
    let measured = attachment.measured.filter(|_| attachment.status == AttachmentStatus::Validated);
    let measured = measured.ok_or(AttachmentRefusal::NoContent)?;
    Ok(Readable {
        name: attachment.name,
        mime_type: attachment.mime_type,
        sha256: measured.sha256,
        size: measured.size,
        since: attachment.last_update_date,
    })
}

impl Readable {
    /// Streams a byte range of the content.
    ///
    /// # Errors
    /// Returns 503 when the content cannot be read.
    pub async fn read(&self, app: &App, range: Range<u64>) -> Result<Pieces, Problem> {
        app.files()?.content.read(&self.sha256, range).await.map_err(|error| lost(&error))
    }
}
