//! The delivery of events: where they go, what waits to go there, and what came of each attempt.
//!
//! An event that the OC has not caused is queued for the OC's target in the transaction that writes it. The queue of a
//! ticket has one head, which alone is due: what comes behind it becomes due when it is settled.

use std::fmt;

use async_trait::async_trait;
use epissure_protocol::names::{EventId, OperatorCode, TicketId};
use epissure_protocol::secret::Secret;
use epissure_protocol::target::Target;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Author, StoreError};

/// An OI and an OC: at most one target stands between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Pair {
    /// The OI, which sends.
    pub oi: OperatorCode,
    /// The OC, which receives.
    pub oc: OperatorCode,
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.oi, self.oc)
    }
}

/// A secret that signs, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningSecret {
    /// As Standard Webhooks writes it: `whsec_` and base64.
    pub secret: Secret,
    /// When it ends; the one that is in force has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What is secret of a target.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TargetSecrets {
    /// With which events are signed, the newest first.
    pub signing: Vec<SigningSecret>,
    /// What its server asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Secret>,
}

/// Whether events are sent to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TargetState {
    /// Its consent is asked for; until then nothing is sent.
    Asked,
    /// They are.
    Active,
    /// They are not, until somebody enables it.
    Disabled,
}

impl TargetState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Asked, Self::Active, Self::Disabled];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "ASKED",
            Self::Active => "ACTIVE",
            Self::Disabled => "DISABLED",
        }
    }
}

/// How things stand with a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Whether events are sent.
    pub state: TargetState,
    /// Why, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when every attempt has failed, if the last one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Nothing is sent before: the target asked for a pause, or is asked for its consent then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    /// How many events it takes a minute at most, if it said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// How often its consent was asked for in vain.
    pub asked: u32,
}

impl Standing {
    /// That of a target about which nothing is known yet.
    #[must_use]
    pub const fn new(state: TargetState) -> Self {
        Self { state, reason: None, failing_since: None, held_until: None, rate: None, asked: 0 }
    }
}

/// A target as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredTarget {
    /// Whose.
    #[serde(flatten)]
    pub pair: Pair,
    /// Where, and how.
    pub target: Target,
    /// What is secret of it.
    #[serde(skip)]
    pub secrets: TargetSecrets,
    /// How things stand.
    pub standing: Standing,
}

/// What has become of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryState {
    /// It waits for its turn, or for another attempt.
    Queued,
    /// The target has it.
    Delivered,
    /// Every attempt failed: it is sent again by hand alone.
    Exhausted,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Queued, Self::Delivered, Self::Exhausted];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Delivered => "DELIVERED",
            Self::Exhausted => "EXHAUSTED",
        }
    }

    /// The state of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A delivery that is due, taken to be tried.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The event's rank.
    pub rank: i64,
    /// The event's identifier.
    pub event: EventId,
    /// Of which ticket.
    pub ticket: TicketId,
    /// The JSON text that [`epissure_protocol::event::kept`] makes.
    pub document: String,
    /// How many attempts there were.
    pub attempts: u32,
    /// How many of them belong to the schedule that runs: sent again by hand, a delivery begins another.
    pub step: u32,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// The status of the answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it failed, in a sentence, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The beginning of the answer's body.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
}

/// What follows for a delivery from an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The target has it.
    Delivered,
    /// It is tried again.
    Again {
        /// When.
        at: Timestamp,
    },
    /// It is not tried any more.
    Exhausted,
}

/// An attempt to write down, with all that follows from it.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Whose target.
    pub pair: Pair,
    /// Of which delivery: its event's rank.
    pub rank: i64,
    /// What came of it; nothing is written unless it is the delivery's next.
    pub attempt: Attempt,
    /// What follows for the delivery.
    pub settled: Settled,
    /// How things stand with the target now, if that has changed. Its state changes to [`TargetState::Disabled`] only: what
    /// somebody has settled by hand meanwhile stands.
    pub standing: Option<Standing>,
}

/// Which deliveries are listed.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Those of an OI.
    pub oi: Option<OperatorCode>,
    /// Those of an OC.
    pub oc: Option<OperatorCode>,
    /// Those of a ticket.
    pub ticket: Option<TicketId>,
    /// Those in a state.
    pub state: Option<DeliveryState>,
    /// How many at most.
    pub limit: u32,
}

/// A delivery, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The event.
    pub event: EventId,
    /// Its `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Of which ticket.
    pub ticket: TicketId,
    /// Between whom.
    #[serde(flatten)]
    pub pair: Pair,
    /// When the event happened.
    pub time: Timestamp,
    /// What has become of it.
    pub state: DeliveryState,
    /// How many attempts there were.
    pub attempts: u32,
    /// When the next attempt is due; nothing while it waits behind another of its ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

/// What is sent again by hand.
#[derive(Debug, Clone)]
pub enum Resend {
    /// One event, whatever has become of it.
    Event(EventId),
    /// All that is exhausted of a target.
    Exhausted(Pair),
}

/// Deliveries.
#[async_trait]
pub trait Deliveries: Send + Sync + 'static {
    /// Adds a target, or replaces it; what waits goes there. Nothing from before a target was added is queued.
    async fn put_target(&self, target: StoredTarget, by: &Author) -> Result<(), StoreError>;
    /// Takes a target away, and what waited for it; `false` when there was none.
    async fn remove_target(&self, pair: &Pair, by: &Author) -> Result<bool, StoreError>;
    /// Every target, by OI then OC.
    async fn targets(&self) -> Result<Vec<StoredTarget>, StoreError>;
    /// One target.
    async fn target(&self, pair: &Pair) -> Result<Option<StoredTarget>, StoreError>;
    /// Changes what is secret of a target; `false` when there is none.
    async fn set_target_secrets(
        &self,
        pair: &Pair,
        secrets: TargetSecrets,
        by: &Author,
    ) -> Result<bool, StoreError>;
    /// Changes how things stand with a target; `false` when there is none. What waits is made due at `due`, if given.
    async fn set_target_standing(
        &self,
        pair: &Pair,
        standing: Standing,
        due: Option<Timestamp>,
        by: &Author,
    ) -> Result<bool, StoreError>;

    /// Takes what is due, longest due first: nobody else is given it before `until`.
    async fn claim(
        &self,
        pair: &Pair,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError>;
    /// Writes an attempt down, and lets the next of its ticket's queue go when the delivery is done with; `false`, and
    /// nothing is written, when another attempt of the same number was.
    async fn settle(&self, settlement: Settlement) -> Result<bool, StoreError>;
    /// When something of a target is due next.
    async fn next_due(&self, pair: &Pair) -> Result<Option<Timestamp>, StoreError>;
    /// Begins the schedule anew, and makes due what may go, from the author's instant on; answers of how many deliveries.
    async fn resend(&self, what: Resend, by: &Author) -> Result<u64, StoreError>;
    /// Deliveries, the newest event first.
    async fn deliveries(&self, filter: DeliveryFilter) -> Result<Vec<Delivery>, StoreError>;
    /// How many deliveries of a target are in each state.
    async fn delivery_counts(&self, pair: &Pair) -> Result<Vec<(DeliveryState, u64)>, StoreError>;
    /// The attempts of an event's delivery, in their order; nothing when it has no delivery.
    async fn attempts(&self, event: EventId) -> Result<Option<Vec<Attempt>>, StoreError>;
}
