//! Attachments under tickets: what is said of them. Their bytes are elsewhere.

use async_trait::async_trait;
use epissure_protocol::attachment::Attachment;
use epissure_protocol::names::{AttachmentId, OperatorCode, TicketId, Version};
use jiff::Timestamp;

use crate::{Author, Idempotency, NewEvent, Replay, StoreError, Viewer};

/// An attachment to add.
#[derive(Debug, Clone)]
pub struct NewAttachment {
    /// Under which ticket.
    pub ticket: TicketId,
    /// The attachment, as it is added.
    pub attachment: Attachment,
    /// The event that tells of it.
    pub event: NewEvent,
    /// What readers see of it, but for addresses, for the event.
    pub told: String,
    /// The request's key.
    pub idempotency: Option<Idempotency>,
}

/// What became of a [`NewAttachment`].
#[derive(Debug, Clone)]
pub enum Attached {
    /// Added.
    Added,
    /// The key was used for the same request: nothing was added.
    Repeated(Replay),
    /// The key was used for another request: nothing was added.
    Contradicted,
    /// The ticket is final by now, or not there: nothing was added.
    Closed,
    /// The ticket has as many attachments as it may have: nothing was added.
    Full,
}

/// An attachment to put in the place of another version of itself.
#[derive(Debug, Clone)]
pub struct AttachmentWrite {
    /// Under which ticket.
    pub ticket: TicketId,
    /// The attachment as it becomes.
    pub attachment: Attachment,
    /// The version it must still have.
    pub expected: Version,
    /// Whether the ticket must not be final. The end of a check does not need it: the file was handed over before.
    pub needs_open_ticket: bool,
    /// The event that tells of it, if it is told, and what readers see of it then, but for addresses.
    pub event: Option<(NewEvent, String)>,
    /// When it is to be checked, if it waits for that.
    pub due: Timestamp,
}

/// What became of an [`AttachmentWrite`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewritten {
    /// Done.
    Done,
    /// It has another version by now, or is not there: nothing was written.
    Stale,
    /// The ticket is final by now: nothing was written.
    Closed,
}

/// An attachment as kept: the JSON text of [`Attachment`].
pub type StoredAttachment = String;

/// What counts in the quotas of attachments, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceivedBytes {
    /// For the ticket.
    pub ticket: u64,
    /// From the operator, for every ticket.
    pub operator: u64,
}

/// An attachment, and under which ticket it is, for what the server does by itself.
#[derive(Debug, Clone)]
pub struct Ticketed {
    /// The ticket.
    pub ticket: TicketId,
    /// The attachment.
    pub attachment: StoredAttachment,
    /// How often its check was begun.
    pub attempts: u32,
}

/// Attachments.
#[async_trait]
pub trait Attachments: Send + Sync + 'static {
    /// Adds an attachment to a ticket that is not final, and its event. It is due to be checked at once.
    async fn add_attachment(&self, new: NewAttachment, by: &Author) -> Result<Attached, StoreError>;
    /// Replaces an attachment if it still has the expected version, and writes the event.
    async fn change_attachment(&self, change: AttachmentWrite, by: &Author) -> Result<Rewritten, StoreError>;
    /// How many bytes were received for a ticket, and from an operator for attachments added since an instant.
    async fn received_bytes(
        &self,
        ticket: TicketId,
        operator: &OperatorCode,
        since: Timestamp,
    ) -> Result<ReceivedBytes, StoreError>;
    /// One attachment of a ticket, if the viewer may see the ticket.
    async fn attachment(
        &self,
        ticket: TicketId,
        id: AttachmentId,
        viewer: &Viewer,
    ) -> Result<Option<StoredAttachment>, StoreError>;
    /// Takes attachments whose check is due, those that have been due longest first, and makes them due again only at
    /// `until`: nobody else is given them before. Their attempts count this one.
    async fn claim_attachments(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError>;
    /// Makes an attachment that waits for its check due at an instant, if it still has this version.
    async fn postpone_attachment(
        &self,
        id: AttachmentId,
        version: Version,
        due: Timestamp,
    ) -> Result<(), StoreError>;
    /// Attachments that still take chunks and were opened before an instant, oldest first.
    async fn unfinished_attachments(
        &self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError>;
    /// Those of these attachments whose bytes are still needed where they arrived: they take chunks, or wait for their
    /// check.
    async fn awaited_attachments(&self, of: Vec<AttachmentId>) -> Result<Vec<AttachmentId>, StoreError>;
    /// The attachments that are VALIDATED, by identifier, after one.
    async fn validated_attachments(
        &self,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError>;
}
