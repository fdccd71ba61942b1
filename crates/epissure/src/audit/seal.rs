//! Sealing of the audit while a server runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use epissure_app::{App, audit};
use epissure_store::SealKey;
use tokio::time::{Instant, MissedTickBehavior};

use super::key;

/// Interval between seals: rows written since the last seal are only chained.
const SEAL_EVERY: Duration = Duration::from_secs(60);
/// Interval between log lines with the last hash, which are a copy outside the database.
const LOG_EVERY: Duration = Duration::from_secs(24 * 3600);

/// Seals the audit until it is dropped.
pub(crate) async fn run(app: Arc<App>, seal_key: SealKey, path: PathBuf) {
    let mut turns = tokio::time::interval(SEAL_EVERY);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut logged: Option<Instant> = None;
    loop {
        turns.tick().await;
        match audit::seal(&app, &seal_key).await {
            Ok(Some(seal)) => {
                if let Err(error) = key::write_head(&path, &seal) {
                    tracing::warn!(%error, "the last sealed row could not be written next to the audit key");
                }
            }
            Ok(None) => {}
            // The store has logged its error.
            Err(_) => continue,
        }
        if logged.is_none_or(|logged| logged.elapsed() >= LOG_EVERY)
            && let Ok(Some((number, hash))) = app.store.audit_head().await
        {
            tracing::info!(number, hash, key = seal_key.id(), "last row of the audit");
            logged = Some(Instant::now());
        }
    }
}
