//! Metadata of the attachments of tickets. Their bytes are stored elsewhere.

use async_trait::async_trait;
use epissure_protocol::attachment::Attachment;
use epissure_protocol::names::{AttachmentId, OperatorCode, TicketId, Version};
use jiff::Timestamp;

use crate::{Author, Idempotency, NewEvent, Replay, StoreError, Viewer};

/// An attachment to insert.
#[derive(Debug, Clone)]
pub struct NewAttachment {
    /// Ticket of the attachment.
    pub ticket: TicketId,
    /// Attachment to store.
    pub attachment: Attachment,
    /// Event that announces the attachment.
    pub event: NewEvent,
    /// JSON of the attachment in the event, without URLs.
    pub told: String,
    /// Idempotency key of the request.
    pub idempotency: Option<Idempotency>,
}

/// Result of inserting a [`NewAttachment`].
#[derive(Debug, Clone)]
pub enum Attached {
    /// Inserted.
    Added,
    /// The key was used for the same request: nothing was inserted.
    Repeated(Replay),
    /// The key was used for another request: nothing was inserted.
    Contradicted,
    /// The ticket is final or missing: nothing was inserted.
    Closed,
    /// The ticket already has the maximum number of attachments: nothing was inserted.
    Full,
}

/// A new version of an existing attachment.
#[derive(Debug, Clone)]
pub struct AttachmentWrite {
    /// Ticket of the attachment.
    pub ticket: TicketId,
    /// New state of the attachment.
    pub attachment: Attachment,
    /// Version that the stored attachment must have.
    pub expected: Version,
    /// Requires that the ticket is not final. False for the end of a check: the file was received
    /// earlier.
    pub needs_open_ticket: bool,
    /// Event that announces the change, if any, with the JSON of the attachment in it, without
    /// URLs.
    pub event: Option<(NewEvent, String)>,
    /// Instant at which the check is due, if the attachment waits for one.
    pub due: Timestamp,
}

/// Result of an [`AttachmentWrite`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewritten {
    /// Written.
    Done,
    /// The attachment has another version or is missing: nothing was written.
    Stale,
    /// The ticket is final: nothing was written.
    Closed,
}

/// A stored attachment: the JSON text of [`Attachment`].
pub type StoredAttachment = String;

/// Bytes counted in the quotas of attachments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceivedBytes {
    /// Bytes received for the ticket.
    pub ticket: u64,
    /// Bytes received from the operator, for all tickets.
    pub operator: u64,
}

/// An attachment with its ticket, for the server's background work.
#[derive(Debug, Clone)]
pub struct Ticketed {
    /// Ticket of the attachment.
    pub ticket: TicketId,
    /// Stored attachment.
    pub attachment: StoredAttachment,
    /// Number of checks already started.
    pub attempts: u32,
}

/// Storage of attachments.
#[async_trait]
pub trait Attachments: Send + Sync + 'static {
    /// Inserts an attachment of a ticket that is not final, with its event. Its check is due at
    /// once.
    async fn add_attachment(&self, new: NewAttachment, by: &Author) -> Result<Attached, StoreError>;
    /// Replaces an attachment and inserts the event, provided that it still has the expected
    /// version.
    async fn change_attachment(&self, change: AttachmentWrite, by: &Author) -> Result<Rewritten, StoreError>;
    /// Returns the bytes received for a ticket, and from an operator for attachments added since an
    /// instant.
    async fn received_bytes(
        &self,
        ticket: TicketId,
        operator: &OperatorCode,
        since: Timestamp,
    ) -> Result<ReceivedBytes, StoreError>;
    /// Returns one attachment of a ticket, if the viewer may see the ticket.
    async fn attachment(
        &self,
        ticket: TicketId,
        id: AttachmentId,
        viewer: &Viewer,
    ) -> Result<Option<StoredAttachment>, StoreError>;
    /// Claims attachments whose check is due, longest due first. No other worker can claim them
    /// before `until`. The number of attempts includes this one.
    async fn claim_attachments(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError>;
    /// Sets the instant at which an attachment's pending check is due, provided that it still has
    /// this version.
    async fn postpone_attachment(
        &self,
        id: AttachmentId,
        version: Version,
        due: Timestamp,
    ) -> Result<(), StoreError>;
    /// Returns attachments that still accept chunks and were opened before an instant, oldest
    /// first.
    async fn unfinished_attachments(
        &self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError>;
    /// Returns those of the given attachments whose received bytes are still needed: they accept
    /// chunks or wait for their check.
    async fn awaited_attachments(&self, of: Vec<AttachmentId>) -> Result<Vec<AttachmentId>, StoreError>;
    /// Returns the VALIDATED attachments after an identifier, ordered by identifier.
    async fn validated_attachments(
        &self,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError>;
}
