//! Notes of tickets.

use async_trait::async_trait;
use epissure_protocol::json::Object;
use epissure_protocol::names::{NoteId, TicketId};
use jiff::Timestamp;

use crate::{Author, Idempotency, NewEvent, Replay, StoreError};

/// A note to insert.
#[derive(Debug, Clone)]
pub struct NewNote {
    /// Identifier of the note.
    pub id: NoteId,
    /// Ticket of the note.
    pub ticket: TicketId,
    /// Document of the note.
    pub document: Object,
    /// Instant of the creation.
    pub at: Timestamp,
    /// Event that announces the note.
    pub event: NewEvent,
    /// Idempotency key of the request.
    pub idempotency: Option<Idempotency>,
}

/// Result of inserting a [`NewNote`].
#[derive(Debug, Clone)]
pub enum Noted {
    /// Inserted.
    Added,
    /// The key was used for the same request: nothing was inserted.
    Repeated(Replay),
    /// The key was used for another request: nothing was inserted.
    Contradicted,
    /// The ticket is final or missing: nothing was inserted.
    Closed,
    /// The ticket already has the maximum number of notes: nothing was inserted.
    Full,
}

/// Storage of notes.
#[async_trait]
pub trait Notes: Send + Sync + 'static {
    /// Inserts a note of a ticket that is not final, with its event.
    async fn add_note(&self, new: NewNote, by: &Author) -> Result<Noted, StoreError>;
}
