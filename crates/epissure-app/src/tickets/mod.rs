//! Tickets: open, read, list, count and change.

mod agreement;
mod change;
mod delays;
mod list;
mod open;
mod read;

pub use crate::Precondition;
pub(crate) use agreement::AgreementCache;
pub use change::{ChangeTicket, change};
pub use delays::{Due, due, expire};
pub use list::{Listed, count, list};
pub use open::{OpenTicket, open};
pub use read::read;

use epissure_store::StoredTicket;
use jiff::Timestamp;

/// Ticket as a caller may see it, before its dialect renders it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// JSON text of the stored document.
    pub document: String,
    /// JSON text of the findings; `None` for an OC.
    pub findings: Option<String>,
    /// Instant at which the running durations are computed.
    pub at: Timestamp,
}

impl Shown {
    fn new(stored: StoredTicket, for_oi: bool, at: Timestamp) -> Self {
        Self { document: stored.document, findings: stored.findings.filter(|_| for_oi), at }
    }
}
