//! Adds a chunk to an attachment that was opened for it.

use epissure_files::Measure;
use epissure_protocol::attachment::{Attachment, Chunk, ChunkDraft, Misplaced};
use epissure_protocol::json::Object;
use epissure_protocol::names::{AttachmentId, TicketId, Version};
use epissure_protocol::problem::{Code, Problem};
use epissure_store::{AttachmentWrite, Rewritten};

use super::receive::{Received, too_large};
use super::{Files, closed, find, lost, public};
use crate::failure::failed;
use crate::{App, Caller, Origin};

/// A request to add a chunk.
pub struct AddChunk<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Where the request comes from.
    pub origin: &'a Origin,
    /// Under which ticket.
    pub ticket: TicketId,
    /// To which attachment.
    pub id: AttachmentId,
    /// What is said of the chunk.
    pub body: &'a Object,
}

/// How often it is tried again when other chunks come first.
const TRIES: usize = 32;

/// Adds a chunk; the same one twice is there once.
///
/// # Errors
/// 400 with every fault of the metadata, and when the chunk is not what was declared; 409 when another chunk has that
/// index; 403 when the attachment takes none any more, or the ticket is final; 413 when the chunks would be together more
/// than a file may be.
pub async fn add_chunk(app: &App, request: &AddChunk<'_>, received: Received) -> Result<Object, Problem> {
    let outcome = place(app, request, &received).await;
    // When it has found its place it has another name by now, and this removes nothing.
    received.discard(app).await;
    outcome
}

async fn place(app: &App, request: &AddChunk<'_>, received: &Received) -> Result<Object, Problem> {
    let draft = ChunkDraft::read(request.body).map_err(Problem::faults)?;
    let chunk = Chunk {
        index: draft.index,
        size: received.digests.size,
        sha256: received.digests.text(Measure::Sha256),
    };
    if let Some(member) = draft.differing(&chunk) {
        return Err(Problem::fault(
            Code::InvalidBodyField,
            format!("/{member}"),
            format!("The field {member} is not that of the chunk that arrived; send it again"),
        ));
    }
    let files = app.files()?;
    for _ in 0..TRIES {
        if let Some(attachment) = attempt(app, files, request, &chunk, received).await? {
            return public(&attachment);
        }
    }
    Err(Problem::standard(Code::Unavailable).retry_after(1))
}

/// One try; none when another change came first.
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
    let Some(grown) = found.with_chunk(chunk.clone(), version, now).map_err(|why| misplaced(&why))? else {
        return Ok(Some(found));
    };
    if grown.arrived() > files.limit {
        return Err(too_large(files.limit));
    }
    // Under its hash: two that contradict each other do not overwrite one another, and the row says which one counts.
    let (upload, name) = (request.id.to_string(), name_of(chunk));
    match files.content.rename(&upload, &received.part, &name).await {
        Ok(()) => {}
        // An earlier try has done it.
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

/// The name of a chunk within its upload.
fn name_of(chunk: &Chunk) -> String {
    format!("{}-{}", chunk.index, chunk.sha256)
}

/// The names of the parts that make an attachment's file, in their order.
pub(super) fn parts(attachment: &Attachment) -> Vec<String> {
    match &attachment.uploaded_chunks {
        Some(chunks) => chunks.iter().map(name_of).collect(),
        None => vec![super::WHOLE.to_owned()],
    }
}

/// A chunk that has no place is a contradiction; one that comes too late a process violation.
pub(super) fn misplaced(why: &Misplaced) -> Problem {
    let code = match why {
        Misplaced::NotUploading(_) => Code::AccessDenied,
        Misplaced::Contradicted(_) | Misplaced::Absent(_) | Misplaced::Empty => Code::Conflict,
    };
    Problem::new(code, why.to_string())
}
