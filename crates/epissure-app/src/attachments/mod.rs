//! Attachments under tickets: added whole or in chunks, checked, listed, read.
//!
//! The metadata of an attachment is in the store, its bytes are in [`Files`]. Bytes are written
//! before rows, so no row refers to missing bytes. A crash between the two leaves bytes without a
//! row, which [`purge()`] removes.

mod add;
mod check;
mod chunk;
mod content;
mod finalize;
mod list;
mod open;
mod purge;
mod quotas;
mod read;
mod receive;
mod verify;

pub use crate::subresources::Listed;
pub use add::{AddAttachment, add};
pub use check::check;
pub use chunk::{AddChunk, add_chunk};
pub use content::{Readable, content};
pub use epissure_content::{Content, Pieces};
pub use finalize::finalize;
pub use list::{count, list};
pub use open::open;
pub use purge::purge;
pub use read::read;
pub use receive::{Admitted, Received, Upload, admit, admit_chunk};
pub use verify::{Verified, verify};

use epissure_content::Error;
use epissure_files::clamd::Clamd;
use epissure_protocol::attachment::{self, Attachment};
use epissure_protocol::codes::Actor;
use epissure_protocol::event::EventKind;
use epissure_protocol::json::Object;
use epissure_protocol::names::{AttachmentId, EventId, TicketId};
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::{AttachmentRefusal, ResourceRefusal};
use epissure_store::NewEvent;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;

use crate::failure::{failed, unreadable};
use crate::{App, Caller};

/// Default maximum file size: 20 MiB.
pub const LIMIT: u64 = 20 * 1024 * 1024;
/// Name of a file received in one piece, within its upload.
const WHOLE: &str = "file";

/// Content store of the attachments, with the limits and the antivirus applied to them.
#[derive(Debug)]
pub struct Files {
    content: Content,
    antivirus: Option<Clamd>,
    limit: u64,
    quotas: Quotas,
    arrived: Notify,
}

/// Attachment quotas, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    /// Maximum for one ticket.
    pub per_ticket: u64,
    /// Maximum for one operator in a day (UTC).
    pub per_day: u64,
    /// Free disk space below which attachments are refused. Not applied to a bucket, whose free
    /// space is unknown.
    pub free_disk: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { per_ticket: 200 << 20, per_day: 5 << 30, free_disk: 1 << 30 }
    }
}

impl Files {
    /// Creates the attachment service on a content store. `limit` is the maximum file size, in
    /// bytes. Every file is scanned when an antivirus is configured.
    #[must_use]
    pub fn new(content: Content, limit: u64, antivirus: Option<Clamd>) -> Self {
        Self { content, antivirus, limit, quotas: Quotas::default(), arrived: Notify::new() }
    }

    /// Replaces the quotas.
    #[must_use]
    pub fn with_quotas(self, quotas: Quotas) -> Self {
        Self { quotas, ..self }
    }
}

impl App {
    /// Returns the maximum file size, in bytes.
    #[must_use]
    pub fn attachment_limit(&self) -> u64 {
        self.files.as_ref().map_or(LIMIT, |files| files.limit)
    }

    /// Completes when this process has received a file to check.
    pub async fn file_arrived(&self) {
        match &self.files {
            Some(files) => files.arrived.notified().await,
            None => std::future::pending().await,
        }
    }

    fn files(&self) -> Result<&Files, Problem> {
        self.files.as_ref().ok_or_else(|| Problem::from(AttachmentRefusal::NotStored).retry_after(3600))
    }
}

/// Returns an attachment of a ticket that the caller may see, or 404.
async fn find(app: &App, caller: &Caller, ticket: TicketId, id: AttachmentId) -> Result<Attachment, Problem> {
    let stored = app.store.attachment(ticket, id, &caller.viewer()).await.map_err(failed)?;
    parsed(&stored.ok_or_else(|| Problem::standard(Code::NotFound))?)
}

fn parsed(stored: &str) -> Result<Attachment, Problem> {
    Attachment::read(stored).map_err(|error| unreadable("attachment", &error))
}

/// Returns the attachment as clients read it, without addresses.
fn public(attachment: &Attachment) -> Result<Object, Problem> {
    let document = attachment.document().map_err(|error| unreadable("attachment", &error))?;
    Ok(attachment::public(document))
}

/// Returns the public form as text, for the event.
fn told(attachment: &Attachment) -> Result<String, Problem> {
    Ok(Value::Object(public(attachment)?).to_string())
}

fn event(app: &App, kind: EventKind, at: Timestamp, by: Actor) -> NewEvent {
    NewEvent { id: EventId(app.entropy.uuid(at)), kind, at, by }
}

/// Maps a content error to the answer, and logs the cause once.
fn lost(error: &Error) -> Problem {
    match error {
        Error::Missing(_) => {
            tracing::error!(%error, "the content of an attachment is missing");
            Problem::standard(Code::InternalError)
        }
        error => {
            tracing::warn!(%error, "the content store is unavailable");
            Problem::standard(Code::Unavailable).retry_after(5)
        }
    }
}

/// Returns 403: the ticket is final.
fn closed() -> Problem {
    ResourceRefusal::FinalForAttachments.into()
}

fn full() -> Problem {
    ResourceRefusal::AttachmentsFull { limit: attachment::MOST }.into()
}

/// Removes the received bytes of an abandoned or published upload. After a failure, [`purge()`]
/// retries.
async fn discard(files: &Files, upload: AttachmentId) {
    if let Err(error) = files.content.discard(&upload.to_string()).await {
        tracing::warn!(%error, "the chunks of an attachment could not be deleted; the deletion will be retried");
    }
}
