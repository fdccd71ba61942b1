//! Slows down those who guess secrets.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use moka::sync::Cache;

/// The window in which failures are counted.
const WINDOW: i64 = 60;
/// The most (client, address) pairs remembered: what guessing can cost in memory.
const MOST_REMEMBERED: u64 = 100_000;

/// Counts failures per client and address.
pub(crate) struct Throttle {
    limit: u32,
    failures: Cache<(String, IpAddr), Failures>,
}

#[derive(Clone, Copy)]
struct Failures {
    since: Timestamp,
    count: u32,
}

impl Throttle {
    pub(crate) fn new(limit: u32) -> Self {
        let failures = Cache::builder()
            .max_capacity(MOST_REMEMBERED)
            .time_to_idle(Duration::from_secs(2 * WINDOW.unsigned_abs()))
            .build();
        Self { limit, failures }
    }

    /// Seconds for which this pair must wait, if it must.
    pub(crate) fn must_wait(&self, client: &str, from: IpAddr, now: Timestamp) -> Option<u64> {
        let failures = self.failures.get(&(client.to_owned(), from))?;
        let left = failures.since.as_second() + WINDOW - now.as_second();
        (failures.count >= self.limit && left > 0).then(|| left.unsigned_abs())
    }

    /// Notes a failure.
    pub(crate) fn failed(&self, client: &str, from: IpAddr, now: Timestamp) {
        self.failures.entry((client.to_owned(), from)).and_upsert_with(|entry| {
            match entry.map(moka::Entry::into_value) {
                Some(failures) if now.as_second() < failures.since.as_second() + WINDOW => {
                    Failures { count: failures.count.saturating_add(1), ..failures }
                }
                _ => Failures { since: now, count: 1 },
            }
        });
    }
}
