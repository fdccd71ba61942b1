//! The use cases: what a caller may ask of the server, one file per operation.
//!
//! Each takes an [`App`], which holds the store, the clock and the source of randomness; none takes the time or a
//! random number by itself. Rules are the domain's ([`epissure_protocol`]); this crate reads what they need, applies
//! them, and hands what results to the store as one unit of work. It knows nothing of HTTP.

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

/// What an operator of the server may set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Seconds for which a token lives.
    pub token_lifetime: i64,
    /// Tokens that a client may ask for in an hour.
    pub token_quota: u32,
    /// Seconds for which events, their deliveries and received events are kept.
    pub keep_events: i64,
    /// Wrong secrets in a minute, for one client from one address, after which it is made to wait.
    pub failures_per_minute: u32,
    /// The most that extension members may weigh.
    pub extension_limits: extensions::Limits,
    /// Bounds on the requests of each client.
    pub quotas: quota::Limits,
    /// The memory that requests in progress share, in bytes.
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

/// Everything that the use cases work with.
pub struct App {
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Identifiers and secrets.
    pub entropy: Arc<dyn Entropy>,
    /// See [`Settings`].
    pub settings: Settings,
    /// Memory budget that the requests in progress share.
    pub memory: Budget,
    /// Where the bytes of attachments are; none in a process that has nothing to do with them.
    files: Option<Files>,
    announcements: Announcements,
    quotas: Quotas,
    tokens: oauth::TokenCache,
    throttle: oauth::Throttle,
    agreements: tickets::AgreementCache,
}

/// How long something read from the store may be believed without asking again. What is revoked here is refused
/// at once; what is revoked by another process, within this time.
const BELIEVED: Duration = Duration::from_secs(1);

impl App {
    /// An application over a store.
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
            tokens: oauth::TokenCache::new(BELIEVED),
            throttle,
            agreements: tickets::AgreementCache::new(BELIEVED),
        }
    }

    /// The same application, with a place for the bytes of attachments.
    #[must_use]
    pub fn with_files(self, files: Files) -> Self {
        Self { files: Some(files), ..self }
    }

    /// How the extension members of a ticket are read.
    pub(crate) fn ticket_extensions(&self, strict: bool) -> extensions::Rule {
        extensions::Rule { strict, max_bytes: self.settings.extension_limits.ticket }
    }

    /// Announces to workers and streams that another process may have stored events.
    pub fn announce_foreign_events(&self) {
        self.announcements.announce_to_all();
    }

    /// Changes each time an event may have been stored.
    #[must_use]
    pub fn new_events(&self) -> watch::Receiver<()> {
        self.announcements.follow_all()
    }

    /// Changes each time an event may have been stored that the operator may see.
    #[must_use]
    pub fn new_events_of(&self, operator: &OperatorCode) -> watch::Receiver<()> {
        self.announcements.follow(operator)
    }
}
