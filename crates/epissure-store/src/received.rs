//! Events received from other servers: the OC's side.

use async_trait::async_trait;
use epissure_protocol::names::OperatorCode;
use jiff::Timestamp;
use serde::Serialize;

use crate::{Author, Pair, SigningSecret, StoreError};

/// An event received from an OI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// OI that sent the event.
    pub oi: OperatorCode,
    /// `source` of the event; with `id`, it identifies repeated events.
    pub source: String,
    /// `id` of the event.
    pub id: String,
    /// `type` of the event.
    #[serde(rename = "type")]
    pub kind: String,
    /// `subject` of the event: the ticket.
    pub subject: String,
    /// Instant of reception.
    pub at: Timestamp,
    /// True when the signature was verified.
    pub signed: bool,
    /// Event, as received.
    #[serde(skip)]
    pub document: String,
}

/// Storage of received events.
#[async_trait]
pub trait Inbox: Send + Sync + 'static {
    /// Returns the secrets that an OI signs with for every OC of this server.
    async fn inbound_secrets(&self, oi: &OperatorCode) -> Result<Vec<SigningSecret>, StoreError>;
    /// Returns the secrets that an OI signs with for one OC.
    async fn pair_inbound_secrets(&self, pair: &Pair) -> Result<Vec<SigningSecret>, StoreError>;
    /// Replaces the secrets that an OI signs with for one OC.
    async fn put_inbound_secrets(
        &self,
        pair: &Pair,
        secrets: Vec<SigningSecret>,
        by: &Author,
    ) -> Result<(), StoreError>;
    /// Inserts an event. Returns `false` and writes nothing when the same OI already sent one with
    /// the same `source` and `id`.
    async fn receive(&self, received: Received, by: &Author) -> Result<bool, StoreError>;
    /// Returns received events, newest first.
    async fn received(&self, limit: u32) -> Result<Vec<Received>, StoreError>;
}
