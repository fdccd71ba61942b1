//! Adds a chunk to an attachment opened for chunks.

use epissure_files::Measure;
use epissure_protocol::attachment::{Attachment, Chunk, ChunkDraft};
use epissure_protocol::json::Object;
use epissure_protocol::names::{AttachmentId, TicketId, Version};
use epissure_protocol::problem::{Code, Fault, Problem};
use epissure_protocol::refusal::AttachmentRefusal;
use epissure_store::{AttachmentWrite, Rewritten};

use super::receive::{Received, too_large};
use super::{Files, closed, find, lost, public};
use crate::failure::failed;
use crate::{App, Caller, Origin};

/// A request to add a chunk.
pub struct AddChunk<'a> {
    /// Authenticated client.
    pub caller: &'a Caller,
    /// Address and request identifier, for the audit.
    pub origin: &'a Origin,
    /// Ticket of the attachment.
    pub ticket: TicketId,
    /// Attachment to add the chunk to.
    pub id: AttachmentId,
    /// Metadata of the chunk, as the caller sent it.
    pub body: &'a Object,
}

/// Maximum number of attempts when concurrent chunks change the attachment first.
const TRIES: usize = 32;

/// Adds a chunk. The same chunk sent twice is stored once.
///
/// # Errors
/// - 400 with every fault of the metadata, or when the chunk differs from its declared size or
///   digest.
/// - 409 when another chunk has the same index.
/// - 403 when the attachment accepts no more chunks, or the ticket is final.
/// - 413 when the chunks together exceed the file limit.
pub async fn add_chunk(app: &App, request: &AddChunk<'_>, received: Received) -> Result<Object, Problem> {
    let outcome = place(app, request, &received).await;
    // A stored chunk was renamed, so this removes nothing.
    received.discard(app).await;
    outcome
}

async fn place(app: &App, request: &AddChunk<'_>, received: &Received) -> Result<Object, Problem> {
    let draft = ChunkDraft::read(request.body)?;
    let chunk = Chunk {
        index: draft.index,
        size: received.digests.size,
        sha256: received.digests.text(Measure::Sha256),
    };
    if let Some(member) = draft.differing(&chunk) {
        return Err(Fault::new(format!("/{member}"), AttachmentRefusal::ChunkDiffers { member }).into());
    }
    let files = app.files()?;
    for _ in 0..TRIES {
        if let Some(attachment) = attempt(app, files, request, &chunk, received).await? {
            return public(&attachment);
        }
    }
    Err(Problem::standard(Code::Unavailable).retry_after(1))
}

/// Makes one attempt; returns `None` when a concurrent change came first.
async fn attempt(
    app: &App,
    files: &Files,
    request: &AddChunk<'_>,
    chunk: &Chunk,
    received: &Received,
) -> Result<Option<Attachment>, Problem> {
    let found = find(app, request.caller, request.ticket, request.id).await?;
    let now = app.clock.now();
    let version = Version(app.entropy.uuid(now));
    let Some(grown) = found.with_chunk(chunk.clone(), version, now)? else {
        return Ok(Some(found));
    };
    if grown.arrived() > files.limit {
        return Err(too_large(files.limit));
    }
    // The name contains the hash, so contradictory chunks do not overwrite each other; the row
    // decides which one counts.
    let (upload, name) = (request.id.to_string(), name_of(chunk));
    match files.content.rename(&upload, &received.part, &name).await {
        Ok(()) => {}
        // An earlier attempt has renamed it.
        Err(epissure_content::Error::Missing(_)) => {}
        Err(error) => return Err(lost(&error)),
    }
    let change = AttachmentWrite {
        ticket: request.ticket,
        attachment: grown.clone(),
        expected: found.version,
        needs_open_ticket: true,
        event: None,
        due: now,
    };
    let by = request.caller.author(request.origin, now);
    match app.store.change_attachment(change, &by).await.map_err(failed)? {
        Rewritten::Done => Ok(Some(grown)),
        Rewritten::Stale => Ok(None),
        Rewritten::Closed => Err(closed()),
    }
}

/// Returns the name of a chunk within its upload.
fn name_of(chunk: &Chunk) -> String {
    format!("{}-{}", chunk.index, chunk.sha256)
}

/// Returns the names of the parts of an attachment's file, in order.
pub(super) fn parts(attachment: &Attachment) -> Vec<String> {
    match &attachment.uploaded_chunks {
        Some(chunks) => chunks.iter().map(name_of).collect(),
        None => vec![super::WHOLE.to_owned()],
    }
}
