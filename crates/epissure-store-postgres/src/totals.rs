//! Cache of totals that are still valid.
//!
//! A client that pages through a list requests the same total repeatedly. Two snapshots with the
//! same finished transactions show the same rows, whichever server wrote them. A total counted in
//! one is valid in the other.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use epissure_store::StoreError;

use crate::render::Statement;
use crate::snapshot::Snapshot;

/// Maximum number of cached totals.
const MAX_TOTALS: usize = 256;

/// Cached totals of one database state, the latest in which one was counted.
#[derive(Default)]
pub(crate) struct Totals(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    moment: String,
    totals: HashMap<String, u64>,
}

impl Totals {
    /// Returns the total of a query in a state, if it is cached.
    pub(crate) fn get(&self, moment: &str, question: &str) -> Option<u64> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.totals.get(question).filter(|_| kept.moment == moment).copied()
    }

    pub(crate) fn keep(&self, moment: String, question: String, total: u64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.moment != moment || kept.totals.len() >= MAX_TOTALS {
            kept.moment = moment;
            kept.totals.clear();
        }
        kept.totals.insert(question, total);
    }
}

/// Identifies the state that a snapshot sees: the finished transactions, and the run of the server.
/// Returns `None` on a standby, which does not report unfinished transactions.
pub(crate) async fn moment(snapshot: &mut Snapshot) -> Result<Option<String>, StoreError> {
    let sql = "SELECT CASE WHEN NOT pg_is_in_recovery() THEN
                   pg_current_snapshot()::text || ' ' || extract(epoch FROM pg_postmaster_start_time())::text END";
    let rows = snapshot.rows(&Statement { sql: sql.to_owned(), bindings: Vec::new() }).await?;
    match rows.first() {
        Some(row) => row.try_get(0).map_err(crate::error::error),
        None => Ok(None),
    }
}
