//! Events that others send here: the OC's side.

use async_trait::async_trait;
use epissure_protocol::names::OperatorCode;
use jiff::Timestamp;
use serde::Serialize;

use crate::{Author, Pair, SigningSecret, StoreError};

/// An event that an OI has sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Which OI.
    pub oi: OperatorCode,
    /// The event's `source`; with `id` it tells whether it came before.
    pub source: String,
    /// The event's `id`.
    pub id: String,
    /// The event's `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The event's `subject`: the ticket.
    pub subject: String,
    /// When it came.
    pub at: Timestamp,
    /// Whether its signature was verified.
    pub signed: bool,
    /// The event, as it came.
    #[serde(skip)]
    pub document: String,
}

/// Events received.
#[async_trait]
pub trait Inbox: Send + Sync + 'static {
    /// The secrets with which an OI signs what it sends to any OC here.
    async fn inbound_secrets(&self, oi: &OperatorCode) -> Result<Vec<SigningSecret>, StoreError>;
    /// Those with which it signs what it sends to one of them.
    async fn pair_inbound_secrets(&self, pair: &Pair) -> Result<Vec<SigningSecret>, StoreError>;
    /// Replaces those.
    async fn put_inbound_secrets(
        &self,
        pair: &Pair,
        secrets: Vec<SigningSecret>,
        by: &Author,
    ) -> Result<(), StoreError>;
    /// Keeps an event, unless the same OI has sent one with the same `source` and `id`: then nothing is written, and the
    /// answer is `false`.
    async fn receive(&self, received: Received, by: &Author) -> Result<bool, StoreError>;
    /// What was received, the newest first.
    async fn received(&self, limit: u32) -> Result<Vec<Received>, StoreError>;
}
