//! Who carries events to their targets: what is asked of it, and what it brings back. The server has one that speaks
//! HTTP; tests have others.

use std::future::Future;
use std::pin::Pin;

use epissure_protocol::target::Target;
use epissure_store::StoredTarget;
use jiff::SignedDuration;

use super::signature::Signed;

/// What a courier does, later.
pub type Errand<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Carries events.
pub trait Courier: Send + Sync + 'static {
    /// Whether a target may be called at all, as far as can be told without calling it.
    ///
    /// # Errors
    /// A sentence that says why it may not.
    fn inspect<'a>(&'a self, target: &'a Target) -> Errand<'a, Result<(), String>>;
    /// Delivers an event, once. What goes wrong is an outcome like any other.
    fn deliver<'a>(&'a self, target: &'a StoredTarget, parcel: &'a Parcel) -> Errand<'a, Outcome>;
    /// Asks a target for its consent (CloudEvents webhooks 1.0.2, section 4).
    fn ask_consent<'a>(&'a self, target: &'a StoredTarget) -> Errand<'a, Consent>;
}

/// An event on its way.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Its body.
    pub body: String,
    /// Its signature.
    pub signed: Signed,
}

/// What came of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The pause that it asks for.
    pub retry_after: Option<SignedDuration>,
    /// Why there was no answer, in a sentence.
    pub error: Option<String>,
    /// The beginning of the answer's body.
    pub body: String,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

impl Outcome {
    /// Whether the target has the event.
    #[must_use]
    pub fn delivered(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// What a target says when it is asked for its consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    /// It takes events from here.
    Given {
        /// How many a minute at most, if it says so.
        rate: Option<u32>,
    },
    /// It does not, or did not say; a sentence.
    NotGiven(String),
}
