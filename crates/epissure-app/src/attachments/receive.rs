//! Receives the bytes of a file, before anything is known of it but for which ticket it is.

use bytes::Bytes;
use epissure_content::Incoming;
use epissure_files::{Digests, Hasher, Measure};
use epissure_protocol::attachment::{self, Measured};
use epissure_protocol::names::{AttachmentId, TicketId};
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::ticket::Ticket;
use epissure_store::Collection;

use super::{Files, WHOLE, closed, find, full, lost};
use crate::failure::{failed, unreadable};
use crate::{App, Caller};

/// Leave to send a file, or a chunk of one.
pub struct Admitted<'a> {
    files: &'a Files,
    upload: AttachmentId,
    part: String,
    left: u64,
}

/// Leaves a caller to attach something to a ticket, before it sends it.
///
/// # Errors
/// 404 when there is no ticket that the caller may see, 403 when it is final or has [`attachment::MOST`] attachments.
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

/// Leaves a caller to send a chunk of an attachment that it has opened.
///
/// # Errors
/// 404 when there is no such attachment that the caller may see, 403 when it is another's.
pub async fn admit_chunk<'a>(
    app: &'a App,
    caller: &Caller,
    ticket: TicketId,
    id: AttachmentId,
) -> Result<Admitted<'a>, Problem> {
    let opened = find(app, caller, ticket, id).await?;
    if opened.author != caller.operator {
        return Err(Problem::new(
            Code::AccessDenied,
            "Only the operator that opened an attachment sends it.",
        ));
    }
    let files = app.files()?;
    super::quotas::check(app, files, caller, ticket).await?;
    let part = format!("arriving-{}", app.entropy.uuid(app.clock.now()));
    // A chunk that is sent again has been counted already: it may be as large as all that is left without it.
    Ok(Admitted { files, upload: id, part, left: files.limit })
}

impl<'a> Admitted<'a> {
    /// The identifier that the attachment has, or will have.
    #[must_use]
    pub fn id(&self) -> AttachmentId {
        self.upload
    }

    /// Begins to receive.
    ///
    /// # Errors
    /// 503 when the bytes cannot be kept.
    pub async fn begin(self) -> Result<Upload<'a>, Problem> {
        let Self { files, upload, part, left } = self;
        let incoming =
            files.content.receive(&upload.to_string(), &part).await.map_err(|error| lost(&error))?;
        Ok(Upload { files, upload, part, incoming, hasher: Hasher::new(), left })
    }
}

/// A file on its way in. What is dropped before [`finish`](Self::finish) leaves nothing.
pub struct Upload<'a> {
    files: &'a Files,
    upload: AttachmentId,
    part: String,
    incoming: Incoming,
    hasher: Hasher,
    left: u64,
}

impl Upload<'_> {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// 413 when there are more than may be; 503 when they cannot be kept.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), Problem> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or_else(|| too_large(self.files.limit))?;
        self.hasher.update(&bytes);
        self.incoming.write(bytes).await.map_err(|error| lost(&error))
    }

    /// The file has arrived, and is on the disk.
    ///
    /// # Errors
    /// 503 when it could not be kept.
    pub async fn finish(self) -> Result<Received, Problem> {
        self.incoming.finish().await.map_err(|error| lost(&error))?;
        Ok(Received { upload: self.upload, part: self.part, digests: self.hasher.finish() })
    }

    /// The file will not arrive.
    pub async fn abandon(self) {
        let (files, upload, whole) = (self.files, self.upload, self.part == WHOLE);
        self.incoming.abandon().await;
        if whole {
            super::discard(files, upload).await;
        }
    }
}

/// A file that has arrived, and has no row yet.
#[derive(Debug, Clone)]
pub struct Received {
    pub(super) upload: AttachmentId,
    pub(super) part: String,
    pub(super) digests: Digests,
}

impl Received {
    /// Removes what has arrived, of which nothing will be known.
    pub async fn discard(self, app: &App) {
        let Ok(files) = app.files() else { return };
        if self.part == WHOLE {
            super::discard(files, self.upload).await;
        } else if let Err(error) = files.content.withdraw(&self.upload.to_string(), &self.part).await {
            tracing::warn!(%error, "a chunk that came to nothing could not be removed");
        }
    }
}

/// The answer to more than may be sent.
pub(super) fn too_large(limit: u64) -> Problem {
    Problem::new(Code::BodyTooLarge, format!("The file is larger than the {limit} bytes accepted here."))
}

/// The measures as an attachment shows them.
pub(super) fn measured(digests: &Digests) -> Measured {
    Measured {
        size: digests.size,
        md5: digests.text(Measure::Md5),
        sha1: digests.text(Measure::Sha1),
        sha256: digests.text(Measure::Sha256),
    }
}
