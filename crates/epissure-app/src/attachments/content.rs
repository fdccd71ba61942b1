//! Reads the content of an attachment.

use std::ops::Range;

use epissure_protocol::attachment::AttachmentStatus;
use epissure_protocol::names::{AttachmentId, TicketId};
use epissure_protocol::problem::{Code, Problem};
use jiff::Timestamp;

use super::{Pieces, find, lost};
use crate::{App, Caller};

/// Content that may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readable {
    /// The name to offer for saving.
    pub name: String,
    /// The media type of its kind.
    pub mime_type: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// In bytes.
    pub size: u64,
    /// Since when it may be read. It never changes.
    pub since: Timestamp,
}

/// The content of an attachment that is VALIDATED.
///
/// # Errors
/// 404 when there is no such attachment that the caller may see, or it is not VALIDATED.
pub async fn content(
    app: &App,
    caller: &Caller,
    ticket: TicketId,
    id: AttachmentId,
) -> Result<Readable, Problem> {
    let attachment = find(app, caller, ticket, id).await?;
    let measured = attachment.measured.filter(|_| attachment.status == AttachmentStatus::Validated);
    let measured = measured.ok_or_else(|| {
        Problem::new(Code::NotFound, "The attachment has no content to read: see its status.")
    })?;
    Ok(Readable {
        name: attachment.name,
        mime_type: attachment.mime_type,
        sha256: measured.sha256,
        size: measured.size,
        since: attachment.last_update_date,
    })
}

impl Readable {
    /// A part of its bytes, as they are read.
    ///
    /// # Errors
    /// 503 when they cannot be read.
    pub async fn read(&self, app: &App, range: Range<u64>) -> Result<Pieces, Problem> {
        app.files()?.content.read(&self.sha256, range).await.map_err(|error| lost(&error))
    }
}
