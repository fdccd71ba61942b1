//! Interface of the sender of events. The server implements it over HTTP; tests use their own
//! implementations.

use std::future::Future;
use std::pin::Pin;

use epissure_protocol::target::Target;
use epissure_store::StoredTarget;
use jiff::SignedDuration;

use super::signature::Signed;

/// Boxed future of a courier call.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sender of events to targets.
pub trait Courier: Send + Sync + 'static {
    /// Checks that a target may be called, without calling it.
    ///
    /// # Errors
    /// Returns a sentence with the reason for the refusal.
    fn inspect<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<(), String>>;
    /// Makes one attempt to deliver an event. A failure is an outcome, not an error.
    fn deliver<'a>(&'a self, target: &'a StoredTarget, event: &'a SignedEvent) -> BoxFuture<'a, Outcome>;
    /// Asks a target for consent (CloudEvents webhooks 1.0.2, section 4).
    fn ask_consent<'a>(&'a self, target: &'a StoredTarget) -> BoxFuture<'a, Consent>;
}

/// Event to deliver.
#[derive(Debug, Clone)]
pub struct SignedEvent {
    /// Body of the request.
    pub body: String,
    /// Signature of the body.
    pub signed: Signed,
}

/// Outcome of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// HTTP status of the answer, if any.
    pub status: Option<u16>,
    /// Delay requested by the target before the next attempt (Retry-After).
    pub retry_after: Option<SignedDuration>,
    /// Reason why no answer was received, as a sentence.
    pub error: Option<String>,
    /// First bytes of the answer's body.
    pub body: String,
    /// Duration of the attempt, in milliseconds.
    pub elapsed_ms: u64,
}

impl Outcome {
    /// Returns true when the target acknowledged the event with a 2xx status.
    #[must_use]
    pub fn delivered(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Answer of a target to a request for consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    /// The target accepts events from this server.
    Given {
        /// Maximum events per minute, if the target sets one.
        rate: Option<u32>,
    },
    /// The target refused or did not answer; the text is the reason.
    NotGiven(String),
}
