//! Storage of tickets, and the types shared by all lists.

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

/// The operator that reads, which determines the tickets that it may see.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// Sees the tickets that this OI treats.
    Oi(OperatorCode),
    /// Sees the tickets that this OC opened.
    Oc(OperatorCode),
}

/// An idempotency key, which makes repeating a request harmless.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// Client that sent the key.
    pub client: ClientId,
    /// Key.
    pub key: String,
    /// Hash of the request. The same key with another hash is refused as contradictory.
    pub fingerprint: [u8; 32],
    /// Keys older than this instant are deleted.
    pub forget_before: Timestamp,
}

/// A ticket to insert.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// Ticket to store.
    pub ticket: Ticket,
    /// Findings of the checks, for the OI.
    pub findings: Vec<Finding>,
    /// Idempotency key of the request.
    pub idempotency: Option<Idempotency>,
}

/// The response to a repeated request.
#[derive(Debug, Clone)]
pub struct Replay {
    /// Document at the time of the first request.
    pub document: String,
    /// Instant of the first request.
    pub at: Timestamp,
}

/// Result of inserting a [`NewTicket`].
#[derive(Debug, Clone)]
pub enum Opened {
    /// Inserted.
    Added,
    /// The key was used for the same request: nothing was inserted.
    Repeated(Replay),
    /// The key was used for another request: nothing was inserted.
    Contradicted,
}

/// A new version of an existing ticket.
#[derive(Debug, Clone)]
pub struct TicketChange {
    /// New state of the ticket.
    pub ticket: Ticket,
    /// Version that the stored ticket must have.
    pub expected: Version,
    /// New findings, if the checks ran again.
    pub findings: Option<Vec<Finding>>,
    /// Event that announces the change.
    pub event: NewEvent,
}

/// Result of a [`TicketChange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Written.
    Done,
    /// The ticket has another version: nothing was written.
    Stale,
}

/// A stored ticket.
#[derive(Debug, Clone)]
pub struct StoredTicket {
    /// JSON text of [`Ticket`].
    pub document: String,
    /// JSON text of the findings, for the OI.
    pub findings: Option<String>,
}

/// Request for a page of a list.
#[derive(Debug, Clone)]
pub struct ListRequest {
    /// Viewer that reads the list.
    pub viewer: Viewer,
    /// Plan of the query: predicate and order.
    pub plan: Plan,
    /// Start of the page.
    pub start: Start,
    /// Maximum number of rows.
    pub limit: u32,
    /// Instant at which running durations are evaluated.
    pub now: Timestamp,
}

/// Start of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// Skips this many rows.
    Offset(u64),
    /// Starts after this place.
    After(Place),
}

/// The place of one row in a list, even if that row is deleted later. Resuming from a place costs
/// the same at any depth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Values of the row for each key of the order.
    pub keys: Vec<KeyValue>,
    /// Rank among rows with equal keys.
    pub seq: i64,
}

/// Value of an order key for one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "Value")]
pub enum KeyValue {
    /// NULL.
    Null,
    /// An integer, or an instant in milliseconds.
    Integer(i64),
    /// A text.
    Text(String),
    /// An order-preserving encoding of a value of the document.
    Bytes(Vec<u8>),
}

/// Maximum size of a page, in bytes. A page stops before the row that exceeds it, but has at least
/// one.
pub const MAX_PAGE_BYTES: usize = 8 * 1024 * 1024;

impl TryFrom<Value> for KeyValue {
    type Error = &'static str;

    /// Parses a serialized value. Serde cannot derive this: it buffers untagged values, and that
    /// buffer does not support numbers of serde_json's `arbitrary_precision`.
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

/// A page, with the total number of matches.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Rows of the page: as many as the caller asked for, or as [`MAX_PAGE_BYTES`] leaves.
    pub rows: Vec<T>,
    /// Place of the last row, when more rows follow.
    pub more_after: Option<Place>,
    /// Exact number of matches, in the same snapshot as the page.
    pub total: u64,
}

/// Storage of tickets.
#[async_trait]
pub trait Tickets: Send + Sync + 'static {
    /// Inserts a ticket, with the request's idempotency key.
    async fn open(&self, new: NewTicket, by: &Author) -> Result<Opened, StoreError>;
    /// Replaces a ticket and inserts the event, provided that it still has the expected version.
    async fn change(&self, change: TicketChange, by: &Author) -> Result<Written, StoreError>;
    /// Returns a ticket, if the viewer may see it.
    async fn ticket(&self, id: TicketId, viewer: &Viewer) -> Result<Option<StoredTicket>, StoreError>;
    /// Returns a page in the order of the plan, by default by `creationDate`. Rows with equal keys
    /// are in the order of insertion, or its reverse when the last key descends.
    async fn list(&self, request: ListRequest) -> Result<Page<StoredTicket>, StoreError>;
    /// Returns the number of tickets that match.
    async fn count(&self, viewer: Viewer, plan: Plan, now: Timestamp) -> Result<u64, StoreError>;
    /// Returns tickets of an OI and an OC that have had a status since an instant or earlier, the
    /// longest waiting first. Each comes with the start of that status, PENDING or RESOLVED.
    async fn waiting(
        &self,
        oi: &OperatorCode,
        oc: &OperatorCode,
        status: Status,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TicketId, Timestamp)>, StoreError>;
    /// Returns active tickets of an OC at an OI with a given external reference of the OC.
    async fn active_with_external_id(
        &self,
        oi: &OperatorCode,
        oc: &OperatorCode,
        external_id: &str,
    ) -> Result<Vec<TicketId>, StoreError>;
}
