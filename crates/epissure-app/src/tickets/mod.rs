//! Tickets: opened, read, listed, counted, changed.

mod agreement;
mod change;
mod list;
mod open;
mod read;

pub(crate) use agreement::AgreementCache;
pub use change::{ChangeTicket, Precondition, change};
pub use list::{count, list};
pub use open::{OpenTicket, open};
pub use read::read;

use epissure_protocol::json::Object;
use epissure_protocol::problem::Problem;
use epissure_store::StoredTicket;
use jiff::Timestamp;
use serde_json::Value;

use crate::failure::unreadable;

/// A ticket as a caller may see it, before its dialect renders it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The kept document.
    pub document: Object,
    /// What the checks found; only for the OI.
    pub findings: Option<Value>,
    /// The instant at which its running durations are read.
    pub at: Timestamp,
}

impl Shown {
    fn new(stored: &StoredTicket, for_oi: bool, at: Timestamp) -> Result<Self, Problem> {
        let document =
            serde_json::from_str(&stored.document).map_err(|error| unreadable("ticket", &error))?;
        let findings = match &stored.findings {
            Some(text) if for_oi => {
                Some(serde_json::from_str(text).map_err(|error| unreadable("findings", &error))?)
            }
            _ => None,
        };
        Ok(Self { document, findings, at })
    }
}
