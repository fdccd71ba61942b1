//! Finalizes an attachment sent in chunks, which makes it due for checking.

use epissure_protocol::attachment::{Attachment, AttachmentStatus};
use epissure_protocol::json::Object;
use epissure_protocol::names::{AttachmentId, TicketId, Version};
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::AttachmentRefusal;
use epissure_store::{AttachmentWrite, Rewritten};

use super::{closed, find, public};
use crate::failure::failed;
use crate::{App, Caller, Origin};

/// Maximum number of attempts when concurrent chunks change the attachment first.
const TRIES: usize = 8;

/// Finalizes an attachment sent in chunks: its status becomes UPLOADED. An attachment past that
/// status is returned unchanged, so a repeated call is harmless.
///
/// # Errors
/// - 404 when the caller may see no such attachment.
/// - 403 when the attachment is another operator's, or the ticket is final.
/// - 409 when a chunk is missing.
pub async fn finalize(
    app: &App,
    caller: &Caller,
    origin: &Origin,
    ticket: TicketId,
    id: AttachmentId,
) -> Result<Object, Problem> {
    for _ in 0..TRIES {
        if let Some(attachment) = attempt(app, caller, origin, ticket, id).await? {
            return public(&attachment);
        }
    }
    Err(Problem::standard(Code::Unavailable).retry_after(1))
}

async fn attempt(
    app: &App,
    caller: &Caller,
    origin: &Origin,
    ticket: TicketId,
    id: AttachmentId,
) -> Result<Option<Attachment>, Problem> {
    let found = find(app, caller, ticket, id).await?;
    if found.author != caller.operator {
        return Err(AttachmentRefusal::EndedByAnother.into());
    }
    let in_chunks = found.uploaded_chunks.is_some();
    if in_chunks && found.status != AttachmentStatus::Uploading {
        return Ok(Some(found));
    }
    found.is_whole()?;
    let files = app.files()?;
    let now = app.clock.now();
    let expected = found.version;
    let attachment = found.finalized(Version(app.entropy.uuid(now)), now);
    let change = AttachmentWrite {
        ticket,
        attachment: attachment.clone(),
        expected,
        needs_open_ticket: true,
        event: None,
        due: now,
    };
    match app.store.change_attachment(change, &caller.author(origin, now)).await.map_err(failed)? {
        Rewritten::Done => {
            files.arrived.notify_one();
            Ok(Some(attachment))
        }
        Rewritten::Stale => Ok(None),
        Rewritten::Closed => Err(closed()),
    }
}
