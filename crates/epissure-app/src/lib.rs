//! Use cases of the server, one file per operation.
//!
//! Each operation receives an [`App`], with the store, the clock and the source of randomness. No
//! operation reads the system's clock or randomness directly. The rules are in
//! [`epissure_protocol`]. This crate reads the data they need, applies them, and passes the result
//! to the store as one unit of work. It does not depend on HTTP.

mod announcements;
pub mod attachments;
pub mod audit;
pub mod caller;
pub mod clock;
mod cursor;
pub mod deliveries;
pub mod directory;
pub mod entropy;
pub mod events;
mod failure;
pub mod heavy;
pub mod idempotency;
pub mod memory;
pub mod notes;
pub mod oauth;
pub mod parties;
mod precondition;
pub mod quota;
pub mod retention;
mod subresources;
pub mod tickets;

use std::sync::Arc;
use std::time::Duration;

use epissure_protocol::extensions;
use epissure_protocol::names::OperatorCode;
use epissure_store::Store;
use tokio::sync::watch;

pub use cursor::Next;

use announcements::Announcements;
use attachments::Files;
use caller::{Caller, Origin};
use clock::Clock;
use entropy::Entropy;
use memory::Budget;
pub use precondition::Precondition;
use quota::Quotas;

/// Settings of the server, chosen by its administrator.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Lifetime of an access token, in seconds.
    pub token_lifetime: i64,
    /// Maximum number of tokens issued to a client in an hour.
    pub token_quota: u32,
    /// Retention of events, their deliveries and received events, in seconds.
    pub keep_events: i64,
    /// Wrong secrets accepted in a minute, per client and address, before the client must wait.
    pub failures_per_minute: u32,
    /// Maximum sizes of extension members.
    pub extension_limits: extensions::Limits,
    /// Rate, concurrency and stream limits of each client.
    pub quotas: quota::Limits,
    /// Memory budget shared by the requests in progress, in bytes.
    pub memory_budget: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token_lifetime: 3600,
            token_quota: 600,
            keep_events: 400 * 86_400,
            failures_per_minute: 10,
            extension_limits: extensions::Limits::default(),
            quotas: quota::Limits::default(),
            memory_budget: memory::DEFAULT_BUDGET,
        }
    }
}

/// Application: the dependencies and shared state of the use cases.
pub struct App {
    /// Database.
    pub store: Arc<dyn Store>,
    /// Source of time.
    pub clock: Arc<dyn Clock>,
    /// Source of identifiers and secrets.
    pub entropy: Arc<dyn Entropy>,
    /// Settings chosen by the administrator.
    pub settings: Settings,
    /// Memory budget that the requests in progress share.
    pub memory: Budget,
    /// Content store of attachments; `None` in a process that does not use attachments.
    files: Option<Files>,
    announcements: Announcements,
    quotas: Quotas,
    tokens: oauth::TokenCache,
    throttle: oauth::Throttle,
    agreements: tickets::AgreementCache,
}

/// Lifetime of cached tokens and agreements. A revocation in this process takes effect at once, one
/// in another process within this time.
const CACHE_TTL: Duration = Duration::from_secs(1);

impl App {
    /// Creates an application on a store.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
    ) -> Self {
        let throttle = oauth::Throttle::new(settings.failures_per_minute);
        let memory = Budget::new(settings.memory_budget);
        let quotas = Quotas::new(settings.quotas, memory.clone());
        Self {
            store,
            clock,
            entropy,
            settings,
            memory,
            files: None,
            announcements: Announcements::default(),
            quotas,
            tokens: oauth::TokenCache::new(CACHE_TTL),
            throttle,
            agreements: tickets::AgreementCache::new(CACHE_TTL),
        }
    }

    /// Sets the content store of attachments.
    #[must_use]
    pub fn with_files(self, files: Files) -> Self {
        Self { files: Some(files), ..self }
    }

    /// Returns the rule for extension members of a ticket.
    pub(crate) fn ticket_extensions(&self, strict: bool) -> extensions::Rule {
        extensions::Rule { strict, max_bytes: self.settings.extension_limits.ticket }
    }

    /// Notifies workers and streams that another process may have stored events.
    pub fn announce_foreign_events(&self) {
        self.announcements.announce_to_all();
    }

    /// Subscribes to notifications of new events.
    #[must_use]
    pub fn new_events(&self) -> watch::Receiver<()> {
        self.announcements.follow_all()
    }

    /// Subscribes to notifications of new events that the operator may see.
    #[must_use]
    pub fn new_events_of(&self, operator: &OperatorCode) -> watch::Receiver<()> {
        self.announcements.follow(operator)
    }
}
