//! What a server does by itself, whoever calls: each task in its own time, until the server stops.
//!
//! Several servers may do the same on one database: what is done is done once.

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

/// How often what has had its time is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// How often what is due is done.
const EXPIRE_EVERY: Duration = Duration::from_secs(30);
/// How often attachments are checked whose turn has come again, or that another server has received.
const CHECK_EVERY: Duration = Duration::from_secs(30);
/// How many attachments are checked at once: one that the antivirus thinks long about does not delay all others.
const CHECKERS: usize = 2;
/// For how long an expired token is remembered, so that its bearer is told that it has expired.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The tasks that run. They end when this is dropped: whatever one leaves undone is done the next time.
#[derive(Debug)]
pub struct Background(#[expect(dead_code, reason = "held to be dropped")] JoinSet<()>);

/// Starts every task of the server that callers know under an address.
#[must_use]
pub fn start(app: &Arc<App>, base_url: &str) -> Background {
    let courier = HttpCourier::new(Outbound::default(), Arc::clone(&app.clock), base_url);
    start_with(app, Arc::new(courier), base_url)
}

/// Starts every task; events are carried by a courier of one's own.
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

/// Forgets what has had its time: expired tokens, and requests whose keys are not good any more.
async fn forget(app: Arc<App>) {
    let mut turns = every(FORGET_EVERY);
    loop {
        turns.tick().await;
        match retention::cut_events(&app).await {
            Ok(cut) if cut == Cut::default() => {}
            Ok(cut) => tracing::info!(cut.events, cut.received, "old events were deleted"),
            // The store's error is in the log.
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

/// Does what the delays of contracts call for.
async fn expire_delays(app: Arc<App>) {
    let mut turns = every(EXPIRE_EVERY);
    loop {
        turns.tick().await;
        // What fails is in the log, and due again the next time.
        if let Ok(moved @ 1..) = tickets::expire(&app).await {
            tracing::info!(tickets = moved, "delays have expired");
        }
    }
}

/// Checks attachments, as they arrive and in turns.
async fn check_attachments(app: Arc<App>) {
    let mut turns = every(CHECK_EVERY);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            () = app.file_arrived() => {}
        }
        // What fails is in the log, and due again.
        if let Ok(checked @ 1..) = attachments::check(&app).await {
            tracing::debug!(attachments = checked, "attachments were checked");
        }
    }
}

/// Gives up attachments that were not finished, and removes bytes that nobody waits for.
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

/// Turns at least so far apart, the first one at once.
fn every(period: Duration) -> Interval {
    let mut turns = tokio::time::interval(period);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turns
}
