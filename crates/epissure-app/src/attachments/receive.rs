//! Receives the bytes of a file; only its ticket is known at this point.

use bytes::Bytes;
use epissure_content::Incoming;
use epissure_files::{Digests, Hasher, Measure};
use epissure_protocol::attachment::{self, AttachmentStatus, Measured};
use epissure_protocol::names::{AttachmentId, TicketId};
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::AttachmentRefusal;
use epissure_protocol::ticket::Ticket;
use epissure_store::Collection;

use super::{Files, WHOLE, closed, find, full, lost};
use crate::failure::{failed, unreadable};
use crate::{App, Caller};

/// Permission to send a file or a chunk.
pub struct Admitted<'a> {
    files: &'a Files,
    upload: AttachmentId,
    part: String,
    left: u64,
}

/// Admits a file for a ticket, before the caller sends its bytes.
///
/// # Errors
/// Returns 404 when the caller may see no such ticket, 403 when the ticket is final or has
/// [`attachment::MOST`] attachments. A quota is refused with 403, a full disk with 503.
pub async fn admit<'a>(app: &'a App, caller: &Caller, ticket: TicketId) -> Result<Admitted<'a>, Problem> {
    let viewer = caller.viewer();
    let absent = || Problem::standard(Code::NotFound);
    let stored = app.store.ticket(ticket, &viewer).await.map_err(failed)?.ok_or_else(absent)?;
    let there = app.store.count_subresources(Collection::Attachments, ticket, &viewer).await;
    let there = there.map_err(failed)?.ok_or_else(absent)?;
    let kept: Ticket =
        serde_json::from_str(&stored.document).map_err(|error| unreadable("ticket", &error))?;
    if kept.status.is_final() {
        return Err(closed());
    }
    if there >= attachment::MOST as u64 {
        return Err(full());
    }
    let files = app.files()?;
    super::quotas::check(app, files, caller, ticket).await?;
    let upload = AttachmentId(app.entropy.uuid(app.clock.now()));
    Ok(Admitted { files, upload, part: WHOLE.to_owned(), left: files.limit })
}

/// Admits a chunk of an attachment that the caller opened.
///
/// # Errors
/// Returns 404 when the caller may see no such attachment, 403 when the attachment is another
/// operator's. A quota is refused with 403, a full disk with 503.
pub async fn admit_chunk<'a>(
    app: &'a App,
    caller: &Caller,
    ticket: TicketId,
    id: AttachmentId,
) -> Result<Admitted<'a>, Problem> {
    let opened = find(app, caller, ticket, id).await?;
    if opened.author != caller.operator {
        return Err(AttachmentRefusal::SentByAnother.into());
    }
    // Refused before its bytes arrive: the check of a complete file removes what is received beside
    // it.
    if opened.status != AttachmentStatus::Uploading {
        return Err(AttachmentRefusal::NotUploading { status: opened.status.as_str() }.into());
    }
    let files = app.files()?;
    super::quotas::check(app, files, caller, ticket).await?;
    let part = format!("arriving-{}", app.entropy.uuid(app.clock.now()));
    // A repeated chunk is already counted, so its size is limited only by the maximum file size.
    Ok(Admitted { files, upload: id, part, left: files.limit })
}

impl<'a> Admitted<'a> {
    /// Returns the attachment's identifier, assigned before its row exists.
    #[must_use]
    pub fn id(&self) -> AttachmentId {
        self.upload
    }

    /// Starts the reception.
    ///
    /// # Errors
    /// Returns 503 when the bytes cannot be stored.
    pub async fn begin(self) -> Result<Upload<'a>, Problem> {
        let Self { files, upload, part, left } = self;
        let incoming =
            files.content.receive(&upload.to_string(), &part).await.map_err(|error| lost(&error))?;
        Ok(Upload { files, upload, part, incoming, hasher: Hasher::new(), left })
    }
}

/// Reception in progress. Dropping it before [`finish`](Self::finish) leaves no bytes.
pub struct Upload<'a> {
    files: &'a Files,
    upload: AttachmentId,
    part: String,
    incoming: Incoming,
    hasher: Hasher,
    left: u64,
}

impl Upload<'_> {
    /// Writes the next bytes.
    ///
    /// # Errors
    /// Returns 413 beyond the file limit, 503 when the bytes cannot be stored.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), Problem> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or_else(|| too_large(self.files.limit))?;
        self.hasher.update(&bytes);
        self.incoming.write(bytes).await.map_err(|error| lost(&error))
    }

    /// Ends the reception and syncs the file to disk.
    ///
    /// # Errors
    /// Returns 503 when the file cannot be stored.
    pub async fn finish(self) -> Result<Received, Problem> {
        self.incoming.finish().await.map_err(|error| lost(&error))?;
        Ok(Received { upload: self.upload, part: self.part, digests: self.hasher.finish() })
    }

    /// Cancels the reception and removes its bytes.
    pub async fn abandon(self) {
        let (files, upload, whole) = (self.files, self.upload, self.part == WHOLE);
        self.incoming.abandon().await;
        if whole {
            super::discard(files, upload).await;
        }
    }
}

/// Received file that has no row yet.
#[derive(Debug, Clone)]
pub struct Received {
    pub(super) upload: AttachmentId,
    pub(super) part: String,
    pub(super) digests: Digests,
}

impl Received {
    /// Removes the received bytes.
    pub async fn discard(self, app: &App) {
        let Ok(files) = app.files() else { return };
        if self.part == WHOLE {
            super::discard(files, self.upload).await;
        } else if let Err(error) = files.content.withdraw(&self.upload.to_string(), &self.part).await {
            tracing::warn!(%error, "an unused chunk could not be deleted");
        }
    }
}

/// Returns 413, with the limit in bytes.
pub(super) fn too_large(limit: u64) -> Problem {
    AttachmentRefusal::TooLarge { limit }.into()
}

/// Converts digests to the measures of an attachment.
pub(super) fn measured(digests: &Digests) -> Measured {
    Measured {
        size: digests.size,
        md5: digests.text(Measure::Md5),
        sha1: digests.text(Measure::Sha1),
        sha256: digests.text(Measure::Sha256),
    }
}
