//! Tickets.

use async_trait::async_trait;
use epissure_filter::Plan;
use epissure_protocol::codes::Status;
use epissure_protocol::identifiers::Finding;
use epissure_protocol::names::{OperatorCode, TicketId, Version};
use epissure_protocol::ticket::Ticket;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Author, ClientId, NewEvent, StoreError};

/// Through whose eyes tickets are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// Those that this OI treats.
    Oi(OperatorCode),
    /// Those that this OC opened.
    Oc(OperatorCode),
}

/// A key that a caller gave to a request, so that repeating it is harmless.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// Whose key.
    pub client: ClientId,
    /// The key.
    pub key: String,
    /// A hash of the request: the same key with another is a contradiction.
    pub fingerprint: [u8; 32],
    /// Keys older than this are forgotten.
    pub forget_before: Timestamp,
}

/// A ticket to add.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// What the checks found, for the OI.
    pub findings: Vec<Finding>,
    /// The request's key.
    pub idempotency: Option<Idempotency>,
}

/// The answer given to a request that is repeated.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The document as it was when the ticket was opened.
    pub document: String,
    /// When that was.
    pub at: Timestamp,
}

/// What became of a [`NewTicket`].
#[derive(Debug, Clone)]
pub enum Opened {
    /// Added.
    Added,
    /// The key was used for the same request: nothing was added.
    Repeated(Replay),
    /// The key was used for another request: nothing was added.
    Contradicted,
}

/// A ticket to put in the place of another version of itself.
#[derive(Debug, Clone)]
pub struct TicketChange {
    /// The ticket as it becomes.
    pub ticket: Ticket,
    /// The version it must still have for the change to happen.
    pub expected: Version,
    /// What the checks found, when they ran again.
    pub findings: Option<Vec<Finding>>,
    /// The event that tells of it.
    pub event: NewEvent,
}

/// What became of a [`TicketChange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Done.
    Done,
    /// The ticket has another version by now: nothing was written.
    Stale,
}

/// A ticket as kept.
#[derive(Debug, Clone)]
pub struct StoredTicket {
    /// The JSON text of [`Ticket`].
    pub document: String,
    /// The JSON text of its findings, for the OI.
    pub findings: Option<String>,
}

/// A page of a list, as a viewer asks for it.
#[derive(Debug, Clone)]
pub struct ListRequest {
    /// Who looks.
    pub viewer: Viewer,
    /// What is looked for, and in which order.
    pub plan: Plan,
    /// Where to begin.
    pub start: Start,
    /// How many rows to give at most.
    pub limit: u32,
    /// The instant at which running durations are read.
    pub now: Timestamp,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// After this many rows.
    Offset(u64),
    /// After this place.
    After(Place),
}

/// A place in a list: that of one row, whether or not it is still there. To be found again at the same cost
/// however far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The row's value for each key of the order.
    pub keys: Vec<KeyValue>,
    /// Its rank among those equal by them.
    pub seq: i64,
}

/// What a key of an order is for one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "Value")]
pub enum KeyValue {
    /// Nothing.
    Null,
    /// A whole number, or an instant in milliseconds.
    Integer(i64),
    /// A text.
    Text(String),
    /// The order's own encoding of a value of the document.
    Bytes(Vec<u8>),
}

/// A page ends before the row with which it would hold more bytes than these; it has one row at least.
pub const MAX_PAGE_BYTES: usize = 8 * 1024 * 1024;

impl TryFrom<Value> for KeyValue {
    type Error = &'static str;

    /// Reads a value as it is serialized. Serde cannot derive this: it buffers untagged values, and the numbers of
    /// serde_json's `arbitrary_precision` do not pass through that buffer.
    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let unknown = "not the key of a place in a list";
        match value {
            Value::Null => Ok(Self::Null),
            Value::Number(whole) => whole.as_i64().map(Self::Integer).ok_or(unknown),
            Value::String(text) => Ok(Self::Text(text)),
            Value::Array(bytes) => {
                let bytes = bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok());
                bytes.collect::<Option<_>>().map(Self::Bytes).ok_or(unknown)
            }
            Value::Bool(_) | Value::Object(_) => Err(unknown),
        }
    }
}

/// A page, and how many there are in all.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Rows of the page: as many as the caller asked for, or as [`MAX_PAGE_BYTES`] leaves.
    pub rows: Vec<T>,
    /// The place of the last of them, when others follow.
    pub more_after: Option<Place>,
    /// How many match, exactly, as of the same moment.
    pub total: u64,
}

/// Tickets.
#[async_trait]
pub trait Tickets: Send + Sync + 'static {
    /// Adds a ticket, and the request's key with it.
    async fn open(&self, new: NewTicket, by: &Author) -> Result<Opened, StoreError>;
    /// Replaces a ticket if it still has the expected version, and writes the event.
    async fn change(&self, change: TicketChange, by: &Author) -> Result<Written, StoreError>;
    /// A ticket, if the viewer may see it.
    async fn ticket(&self, id: TicketId, viewer: &Viewer) -> Result<Option<StoredTicket>, StoreError>;
    /// A page, in the order that the plan asks for, or else by `creationDate`; those that are equal by it, in the order in
    /// which they came in, or in its reverse when the last key descends.
    async fn list(&self, request: ListRequest) -> Result<Page<StoredTicket>, StoreError>;
    /// How many tickets match.
    async fn count(&self, viewer: Viewer, plan: Plan, now: Timestamp) -> Result<u64, StoreError>;
    /// Tickets of an OI and an OC that have had a status since an instant or before: which, and since when; those that
    /// have waited longest first. The status is PENDING or RESOLVED.
    async fn waiting(
        &self,
        oi: &OperatorCode,
        oc: &OperatorCode,
        status: Status,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TicketId, Timestamp)>, StoreError>;
    /// Active tickets of an OC at an OI that bear a reference of the OC's own.
    async fn active_with_external_id(
        &self,
        oi: &OperatorCode,
        oc: &OperatorCode,
        external_id: &str,
    ) -> Result<Vec<TicketId>, StoreError>;
}
