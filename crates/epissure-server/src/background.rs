//! Background tasks of the server. Each runs at its own interval until the server stops.
//!
//! Several servers may run the tasks on one database: each item is processed once.

use std::sync::Arc;
use std::time::Duration;

use epissure_app::deliveries::courier::Courier;
use epissure_app::retention::{self, Cut};
use epissure_app::{App, attachments, idempotency, tickets};
use epissure_outbound::Outbound;
use jiff::SignedDuration;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use crate::delivery::{self, HttpCourier};

/// Interval between deletions of expired rows.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// Interval between checks for expired delays.
const EXPIRE_EVERY: Duration = Duration::from_secs(30);
/// Interval between checks of attachments that are due again, or that another server has received.
const CHECK_EVERY: Duration = Duration::from_secs(30);
/// Number of attachments checked concurrently, so that one slow scan does not delay all others.
const CHECKERS: usize = 2;
/// Time for which an expired token is stored, so that the server can report it as expired.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The running tasks. Dropping this value ends them; the next start resumes unfinished work.
#[derive(Debug)]
pub struct Background(#[expect(dead_code, reason = "held to be dropped")] JoinSet<()>);

/// Starts every task. `base_url` is the address under which callers know the server.
#[must_use]
pub fn start(app: &Arc<App>, base_url: &str) -> Background {
    let courier = HttpCourier::new(Outbound::default(), Arc::clone(&app.clock), base_url);
    start_with(app, Arc::new(courier), base_url)
}

/// Starts every task, with the given courier for events.
#[must_use]
pub fn start_with(app: &Arc<App>, courier: Arc<dyn Courier>, base_url: &str) -> Background {
    let mut tasks = JoinSet::new();
    tasks.spawn(delivery::run(Arc::clone(app), courier, base_url.to_owned()));
    tasks.spawn(forget(Arc::clone(app)));
    tasks.spawn(expire_delays(Arc::clone(app)));
    for _ in 0..CHECKERS {
        tasks.spawn(check_attachments(Arc::clone(app)));
    }
    tasks.spawn(purge_attachments(Arc::clone(app)));
    Background(tasks)
}

/// Deletes old events, expired tokens, and requests whose idempotency keys have expired.
async fn forget(app: Arc<App>) {
    let mut turns = every(FORGET_EVERY);
    loop {
        turns.tick().await;
        match retention::cut_events(&app).await {
            Ok(cut) if cut == Cut::default() => {}
            Ok(cut) => tracing::info!(cut.events, cut.received, "old events were deleted"),
            // The store has logged its error.
            Err(_) => {}
        }
        let now = app.clock.now();
        for (what, gone) in [
            ("expired tokens", app.store.purge_tokens(now - REMEMBERED).await),
            ("requests with a key", app.store.forget_requests(now - idempotency::REMEMBERED).await),
        ] {
            match gone {
                Ok(0) => {}
                Ok(gone) => tracing::info!(gone, what, "expired rows were deleted"),
                Err(error) => {
                    tracing::warn!(%error, what, "expired rows could not be deleted; retrying in an hour");
                }
            }
        }
    }
}

/// Moves tickets whose contractual delays have expired.
async fn expire_delays(app: Arc<App>) {
    let mut turns = every(EXPIRE_EVERY);
    loop {
        turns.tick().await;
        // Failures are logged, and due again at the next tick.
        if let Ok(moved @ 1..) = tickets::expire(&app).await {
            tracing::info!(tickets = moved, "delays have expired");
        }
    }
}

/// Checks attachments when a file arrives, and at each interval.
async fn check_attachments(app: Arc<App>) {
    let mut turns = every(CHECK_EVERY);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            () = app.file_arrived() => {}
        }
        // Failures are logged, and due again.
        if let Ok(checked @ 1..) = attachments::check(&app).await {
            tracing::debug!(attachments = checked, "attachments were checked");
        }
    }
}

/// Rejects attachments that were not finished, and removes orphaned uploads.
async fn purge_attachments(app: Arc<App>) {
    let mut turns = every(FORGET_EVERY);
    loop {
        turns.tick().await;
        match attachments::purge(&app).await {
            Ok((0, 0)) | Err(_) => {}
            Ok((given_up, removed)) => {
                tracing::info!(
                    given_up,
                    removed,
                    "unfinished attachments were rejected, orphaned uploads removed"
                );
            }
        }
    }
}

/// Returns an interval of at least `period`, whose first tick is immediate.
fn every(period: Duration) -> Interval {
    let mut turns = tokio::time::interval(period);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turns
}
