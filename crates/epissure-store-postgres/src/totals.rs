//! Totals that were counted and still hold.
//!
//! A client that pages through a list asks for the same total again and again. Two snapshots in which the same
//! transactions are finished show the same rows, whoever wrote them and through which server: what was counted in one
//! stands in the other.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use epissure_store::StoreError;

use crate::render::Statement;
use crate::snapshot::Snapshot;

/// The most totals kept.
const MOST: usize = 256;

/// The totals of one moment, the latest at which one was counted.
#[derive(Default)]
pub(crate) struct Totals(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    moment: String,
    totals: HashMap<String, u64>,
}

impl Totals {
    /// The total of a question at a moment, if it is known.
    pub(crate) fn get(&self, moment: &str, question: &str) -> Option<u64> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.totals.get(question).filter(|_| kept.moment == moment).copied()
    }

    pub(crate) fn keep(&self, moment: String, question: String, total: u64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.moment != moment || kept.totals.len() >= MOST {
            kept.moment = moment;
            kept.totals.clear();
        }
        kept.totals.insert(question, total);
    }
}

/// What a snapshot sees: which transactions are finished in it, on which run of which server. Nothing on a standby, which
/// does not say which are not.
pub(crate) async fn moment(snapshot: &mut Snapshot) -> Result<Option<String>, StoreError> {
    let sql = "SELECT CASE WHEN NOT pg_is_in_recovery() THEN
                   pg_current_snapshot()::text || ' ' || extract(epoch FROM pg_postmaster_start_time())::text END";
    let rows = snapshot.rows(&Statement { sql: sql.to_owned(), bindings: Vec::new() }).await?;
    match rows.first() {
        Some(row) => row.try_get(0).map_err(crate::error::error),
        None => Ok(None),
    }
}
