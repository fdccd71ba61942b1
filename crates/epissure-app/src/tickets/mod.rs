//! Tickets: opened, read, listed, counted, changed.

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

/// A ticket as a caller may see it, before its dialect renders it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The JSON text of the kept document.
    pub document: String,
    /// The JSON text of what the checks found; only for the OI.
    pub findings: Option<String>,
    /// The instant at which its running durations are read.
    pub at: Timestamp,
}

impl Shown {
    fn new(stored: StoredTicket, for_oi: bool, at: Timestamp) -> Self {
        Self { document: stored.document, findings: stored.findings.filter(|_| for_oi), at }
    }
}
