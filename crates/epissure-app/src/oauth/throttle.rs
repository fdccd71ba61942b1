//! Throttles clients that guess secrets.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use moka::sync::Cache;

/// Length of the counting window, in seconds.
const WINDOW: i64 = 60;
/// Maximum number of (client, address) pairs in memory, which bounds the memory cost of guessing.
const MAX_PAIRS: u64 = 100_000;

/// Counter of unsuccessful attempts, per client and address.
pub(crate) struct Throttle {
    limit: u32,
    attempts: Cache<(String, IpAddr), Attempts>,
}

#[derive(Clone, Copy)]
struct Attempts {
    since: Timestamp,
    count: u32,
}

impl Throttle {
    pub(crate) fn new(limit: u32) -> Self {
        let attempts = Cache::builder()
            .max_capacity(MAX_PAIRS)
            .time_to_idle(Duration::from_secs(2 * WINDOW.unsigned_abs()))
            .build();
        Self { limit, attempts }
    }

    /// Counts an attempt before its secret is verified, so that concurrent attempts count too.
    ///
    /// # Errors
    /// Returns the seconds to wait after too many attempts.
    pub(crate) fn enter(&self, client: &str, from: IpAddr, now: Timestamp) -> Result<(), u64> {
        let counted = self.attempts.entry(key(client, from)).and_upsert_with(|entry| {
            match entry.map(moka::Entry::into_value) {
                Some(attempts) if now.as_second() < attempts.since.as_second() + WINDOW => {
                    Attempts { count: attempts.count.saturating_add(1), ..attempts }
                }
                _ => Attempts { since: now, count: 1 },
            }
        });
        let attempts = counted.into_value();
        if attempts.count <= self.limit {
            return Ok(());
        }
        let left = attempts.since.as_second() + WINDOW - now.as_second();
        Err(left.max(1).unsigned_abs())
    }

    /// Uncounts a successful attempt.
    pub(crate) fn succeeded(&self, client: &str, from: IpAddr) {
        self.attempts.entry(key(client, from)).and_compute_with(|entry| {
            match entry.map(moka::Entry::into_value) {
                Some(attempts) if attempts.count > 1 => {
                    moka::ops::compute::Op::Put(Attempts { count: attempts.count - 1, ..attempts })
                }
                Some(_) => moka::ops::compute::Op::Remove,
                None => moka::ops::compute::Op::Nop,
            }
        });
    }
}

/// Maximum length of an identifier in a key, in bytes; no client's identifier is longer.
const MAX_IDENTIFIER: usize = 255;

fn key(client: &str, from: IpAddr) -> (String, IpAddr) {
    let end = client.floor_char_boundary(MAX_IDENTIFIER);
    (client[..end].to_owned(), from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_count_when_they_come_in_and_those_that_succeed_do_not() {
        let throttle = Throttle::new(3);
        let from = IpAddr::from([192, 0, 2, 1]);
        let at = |second: i64| Timestamp::from_second(1_736_860_678 + second).expect("an instant");
        for _ in 0..3 {
            assert_eq!(throttle.enter("a", from, at(0)), Ok(()));
        }
        assert_eq!(throttle.enter("a", from, at(20)), Err(40));
        assert_eq!(throttle.enter("b", from, at(20)), Ok(()), "another client");
        assert_eq!(throttle.enter("a", IpAddr::from([192, 0, 2, 2]), at(20)), Ok(()), "another address");
        assert_eq!(throttle.enter("a", from, at(60)), Ok(()), "another minute");
        for _ in 0..100 {
            assert_eq!(throttle.enter("c", from, at(0)), Ok(()));
            throttle.succeeded("c", from);
        }
    }
}
