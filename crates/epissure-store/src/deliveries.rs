//! The delivery of events: targets, queued deliveries and the result of each attempt.
//!
//! An event that the OC did not cause is queued for the OC's target in the transaction that inserts
//! it. Only the head of a ticket's queue is due. The next delivery becomes due when the head is
//! settled.

use std::fmt;

use async_trait::async_trait;
use epissure_protocol::names::{EventId, OperatorCode, TicketId};
use epissure_protocol::secret::Secret;
use epissure_protocol::target::Target;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Author, StoreError};

/// An OI and an OC, which have at most one target.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Pair {
    /// OI, the sender.
    pub oi: OperatorCode,
    /// OC, the receiver.
    pub oc: OperatorCode,
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.oi, self.oc)
    }
}

/// A signing secret and its expiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningSecret {
    /// Secret in the format of Standard Webhooks: `whsec_` and base64.
    pub secret: Secret,
    /// Instant of expiry; `None` for the current secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Secrets of a target.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TargetSecrets {
    /// Signing secrets, newest first.
    pub signing: Vec<SigningSecret>,
    /// Credential that the target's server requires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Secret>,
}

/// State of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TargetState {
    /// Consent was requested from the target; nothing is sent until it is given.
    ConsentRequested,
    /// Events are sent.
    Active,
    /// Nothing is sent until an administrator enables the target.
    Disabled,
}

impl TargetState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::ConsentRequested, Self::Active, Self::Disabled];

    /// Returns the name of the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConsentRequested => "ASKED",
            Self::Active => "ACTIVE",
            Self::Disabled => "DISABLED",
        }
    }
}

/// Delivery status of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// State of the target.
    pub state: TargetState,
    /// Reason for the state, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Instant since which every attempt has failed; `None` when the last one succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Nothing is sent before this instant: the target requested a pause, or its consent is
    /// requested then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    /// Maximum number of events per minute that the target announced, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Number of unsuccessful consent requests.
    pub asked: u32,
}

impl Standing {
    /// Returns the initial status of a target.
    #[must_use]
    pub const fn new(state: TargetState) -> Self {
        Self { state, reason: None, failing_since: None, held_until: None, rate: None, asked: 0 }
    }
}

/// A stored target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredTarget {
    /// OI and OC of the target.
    #[serde(flatten)]
    pub pair: Pair,
    /// Address and settings of the target.
    pub target: Target,
    /// Secrets of the target.
    #[serde(skip)]
    pub secrets: TargetSecrets,
    /// Delivery status of the target.
    pub standing: Standing,
}

/// State of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryState {
    /// Waiting behind another delivery of its ticket, or for the next attempt.
    Queued,
    /// The target accepted the event.
    Delivered,
    /// Every attempt failed. Only an administrator can have it sent again.
    Exhausted,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Queued, Self::Delivered, Self::Exhausted];

    /// Returns the name of the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Delivered => "DELIVERED",
            Self::Exhausted => "EXHAUSTED",
        }
    }

    /// Parses the name of a state.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A due delivery that a worker has claimed.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Rank of the event.
    pub rank: i64,
    /// Identifier of the event.
    pub event: EventId,
    /// Ticket of the event.
    pub ticket: TicketId,
    /// JSON text made by [`epissure_protocol::event::kept`].
    pub document: String,
    /// Number of attempts made so far.
    pub attempts: u32,
    /// Number of attempts made in the current retry schedule. A resend by an administrator starts a
    /// new schedule.
    pub step: u32,
}

/// Result of a delivery attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Number of the attempt, from 1.
    pub number: u32,
    /// Instant at which the attempt started.
    pub at: Timestamp,
    /// Duration, in milliseconds.
    pub elapsed_ms: u64,
    /// HTTP status of the response, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Reason for the failure, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Beginning of the response body.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
}

/// New state of a delivery after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The target accepted the event.
    Delivered,
    /// Another attempt is scheduled.
    Again {
        /// Instant of the next attempt.
        at: Timestamp,
    },
    /// No attempt is scheduled any more.
    Exhausted,
}

/// An attempt to record, with its consequences.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// OI and OC of the target.
    pub pair: Pair,
    /// Delivery, as the rank of its event.
    pub rank: i64,
    /// Result of the attempt. It is recorded only when its number is the delivery's next.
    pub attempt: Attempt,
    /// New state of the delivery.
    pub settled: Settled,
    /// New status of the target, if it changed. The state changes to [`TargetState::Disabled`]
    /// only, so that an administrator's change in the meantime is not overwritten.
    pub standing: Option<Standing>,
}

/// Filter of a list of deliveries.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Deliveries from this OI.
    pub oi: Option<OperatorCode>,
    /// Deliveries to this OC.
    pub oc: Option<OperatorCode>,
    /// Deliveries of this ticket.
    pub ticket: Option<TicketId>,
    /// Deliveries in this state.
    pub state: Option<DeliveryState>,
    /// Maximum number of deliveries.
    pub limit: u32,
}

/// A delivery in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// Identifier of the event.
    pub event: EventId,
    /// `type` of the event.
    #[serde(rename = "type")]
    pub kind: String,
    /// Ticket of the event.
    pub ticket: TicketId,
    /// OI and OC of the delivery.
    #[serde(flatten)]
    pub pair: Pair,
    /// Instant of the event.
    pub time: Timestamp,
    /// State of the delivery.
    pub state: DeliveryState,
    /// Number of attempts made so far.
    pub attempts: u32,
    /// Instant of the next attempt; `None` while the delivery waits behind another of its ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

/// Deliveries to send again.
#[derive(Debug, Clone)]
pub enum Resend {
    /// The delivery of one event, whatever its state.
    Event(EventId),
    /// Every exhausted delivery of a target.
    Exhausted(Pair),
}

/// Storage of targets, deliveries and attempts.
#[async_trait]
pub trait Deliveries: Send + Sync + 'static {
    /// Inserts or replaces a target. Queued deliveries go to the new target; events from before the
    /// first target are not queued.
    async fn put_target(&self, target: StoredTarget, by: &Author) -> Result<(), StoreError>;
    /// Deletes a target and its queued deliveries. Returns `false` when there is no target.
    async fn remove_target(&self, pair: &Pair, by: &Author) -> Result<bool, StoreError>;
    /// Returns every target, ordered by OI then OC.
    async fn targets(&self) -> Result<Vec<StoredTarget>, StoreError>;
    /// Returns one target.
    async fn target(&self, pair: &Pair) -> Result<Option<StoredTarget>, StoreError>;
    /// Replaces the secrets of a target. Returns `false` when there is no target.
    async fn set_target_secrets(
        &self,
        pair: &Pair,
        secrets: TargetSecrets,
        by: &Author,
    ) -> Result<bool, StoreError>;
    /// Updates the status of a target. Queued deliveries become due at `due`, if given. Returns
    /// `false` when there is no target.
    async fn set_target_standing(
        &self,
        pair: &Pair,
        standing: Standing,
        due: Option<Timestamp>,
        by: &Author,
    ) -> Result<bool, StoreError>;

    /// Claims due deliveries, longest due first. No other worker can claim them before `until`.
    async fn claim(
        &self,
        pair: &Pair,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError>;
    /// Records an attempt and, when the delivery is settled, makes the next of its ticket's queue
    /// due. Returns `false` and writes nothing when an attempt of the same number is already
    /// recorded.
    async fn settle(&self, settlement: Settlement) -> Result<bool, StoreError>;
    /// Returns the instant at which the next delivery of a target is due.
    async fn next_due(&self, pair: &Pair) -> Result<Option<Timestamp>, StoreError>;
    /// Restarts the retry schedule, and makes the heads of the queues due from the author's instant
    /// on. Returns the number of deliveries.
    async fn resend(&self, what: Resend, by: &Author) -> Result<u64, StoreError>;
    /// Returns deliveries, newest event first.
    async fn deliveries(&self, filter: DeliveryFilter) -> Result<Vec<Delivery>, StoreError>;
    /// Returns the number of deliveries of a target in each state.
    async fn delivery_counts(&self, pair: &Pair) -> Result<Vec<(DeliveryState, u64)>, StoreError>;
    /// Returns the attempts of an event's delivery, in order; `None` when the event has no
    /// delivery.
    async fn attempts(&self, event: EventId) -> Result<Option<Vec<Attempt>>, StoreError>;
}
