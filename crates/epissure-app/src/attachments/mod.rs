//! Attachments under tickets: added whole or in chunks, checked, listed, read.
//!
//! What is said of an attachment is in the store, its bytes are in [`Files`]. Bytes come first and rows follow, so
//! that no row speaks of bytes that are not on the disk; what a crash leaves between the two is bytes without a row,
//! which [`purge`] removes.

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
use epissure_store::NewEvent;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;

use crate::failure::{failed, unreadable};
use crate::{App, Caller};

/// The largest file when nothing else is said: 20 MiB.
pub const LIMIT: u64 = 20 * 1024 * 1024;
/// The name of a file that came in one piece, within its upload.
const WHOLE: &str = "file";

/// Where the bytes of attachments are, and what looks at them.
#[derive(Debug)]
pub struct Files {
    content: Content,
    antivirus: Option<Clamd>,
    limit: u64,
    quotas: Quotas,
    arrived: Notify,
}

/// How much operators may attach, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    /// To one ticket.
    pub per_ticket: u64,
    /// One operator in a day (UTC).
    pub per_day: u64,
    /// The free disk below which nothing more is taken; of a bucket it is not known.
    pub free_disk: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { per_ticket: 200 << 20, per_day: 5 << 30, free_disk: 1 << 30 }
    }
}

impl Files {
    /// Bytes in this place; the largest file is of `limit` bytes; every file is shown to the antivirus, if there is one.
    #[must_use]
    pub fn new(content: Content, limit: u64, antivirus: Option<Clamd>) -> Self {
        Self { content, antivirus, limit, quotas: Quotas::default(), arrived: Notify::new() }
    }

    /// The same with other quotas.
    #[must_use]
    pub fn with_quotas(self, quotas: Quotas) -> Self {
        Self { quotas, ..self }
    }
}

impl App {
    /// The largest file, in bytes.
    #[must_use]
    pub fn attachment_limit(&self) -> u64 {
        self.files.as_ref().map_or(LIMIT, |files| files.limit)
    }

    /// Done when this process has received a file to check.
    pub async fn file_arrived(&self) {
        match &self.files {
            Some(files) => files.arrived.notified().await,
            None => std::future::pending().await,
        }
    }

    fn files(&self) -> Result<&Files, Problem> {
        self.files.as_ref().ok_or_else(|| {
            Problem::new(Code::Unavailable, "This server keeps no attachments.").retry_after(3600)
        })
    }
}

/// An attachment of a ticket that the caller may see.
async fn find(app: &App, caller: &Caller, ticket: TicketId, id: AttachmentId) -> Result<Attachment, Problem> {
    let stored = app.store.attachment(ticket, id, &caller.viewer()).await.map_err(failed)?;
    parsed(&stored.ok_or_else(|| Problem::standard(Code::NotFound))?)
}

fn parsed(stored: &str) -> Result<Attachment, Problem> {
    Attachment::read(stored).map_err(|error| unreadable("attachment", &error))
}

/// What readers see of an attachment, but for addresses.
fn public(attachment: &Attachment) -> Result<Object, Problem> {
    let document = attachment.document().map_err(|error| unreadable("attachment", &error))?;
    Ok(attachment::public(document))
}

/// The same as text, which is what events keep.
fn told(attachment: &Attachment) -> Result<String, Problem> {
    Ok(Value::Object(public(attachment)?).to_string())
}

fn event(app: &App, kind: EventKind, at: Timestamp, by: Actor) -> NewEvent {
    NewEvent { id: EventId(app.entropy.uuid(at)), kind, at, by }
}

/// What a caller is told when bytes cannot be written or read; what really happened goes to the log, once, here.
fn lost(error: &Error) -> Problem {
    match error {
        Error::Missing(_) => {
            tracing::error!(%error, "the content of an attachment is not there");
            Problem::standard(Code::InternalError)
        }
        error => {
            tracing::warn!(%error, "the content of attachments is unavailable");
            Problem::standard(Code::Unavailable).retry_after(5)
        }
    }
}

/// The ticket is final, or the attachments are as many as they may be.
fn closed() -> Problem {
    Problem::new(
        Code::AccessDenied,
        "The ticket is final: nothing may be added to it any more, attachments included.",
    )
}

fn full() -> Problem {
    Problem::new(
        Code::AccessDenied,
        format!("The ticket has {} attachments, and may not have more.", attachment::MOST),
    )
}

/// Removes what has arrived of an upload that came to nothing, or has become content. What cannot be removed now is
/// removed by [`purge`].
async fn discard(files: &Files, upload: AttachmentId) {
    if let Err(error) = files.content.discard(&upload.to_string()).await {
        tracing::warn!(%error, "what has arrived of an attachment could not be removed; it is tried again");
    }
}
