//! Notes under tickets.

use async_trait::async_trait;
use epissure_protocol::json::Object;
use epissure_protocol::names::{NoteId, TicketId};
use jiff::Timestamp;

use crate::{Author, Idempotency, NewEvent, Replay, StoreError};

/// A note to add.
#[derive(Debug, Clone)]
pub struct NewNote {
    /// Its identifier.
    pub id: NoteId,
    /// Under which ticket.
    pub ticket: TicketId,
    /// The note.
    pub document: Object,
    /// When it is added.
    pub at: Timestamp,
    /// The event that tells of it.
    pub event: NewEvent,
    /// The request's key.
    pub idempotency: Option<Idempotency>,
}

/// What became of a [`NewNote`].
#[derive(Debug, Clone)]
pub enum Noted {
    /// Added.
    Added,
    /// The key was used for the same request: nothing was added.
    Repeated(Replay),
    /// The key was used for another request: nothing was added.
    Contradicted,
    /// The ticket is final by now, or not there: nothing was added.
    Closed,
    /// The ticket has as many notes as it may have: nothing was added.
    Full,
}

/// Notes.
#[async_trait]
pub trait Notes: Send + Sync + 'static {
    /// Adds a note to a ticket that is not final, and its event.
    async fn add_note(&self, new: NewNote, by: &Author) -> Result<Noted, StoreError>;
}
