//! Memory budget shared by the requests in progress.
//!
//! A request reserves the memory it may use while it waits: the body being received, the ticket to
//! commit, the answer that a slow client reads. Memory that is freed before the request waits again
//! needs no reservation.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::AccessRefusal;
use tokio::sync::Notify;

/// Default budget: 256 MiB.
pub const DEFAULT_BUDGET: usize = 256 * 1024 * 1024;
/// Maximum wait of a request for other requests to free memory.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Budget in bytes, from which requests reserve. Clones share the same budget.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    max: usize,
    /// Parent budget, if this one is a share.
    whole: Option<Budget>,
    reserved: AtomicUsize,
    freed: Notify,
}

/// Reserved part of a [`Budget`], freed on drop.
#[derive(Debug)]
pub struct Reservation {
    budget: Budget,
    bytes: usize,
}

impl Budget {
    /// Creates a budget of `max` bytes.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self(Arc::new(Shared { max, whole: None, reserved: AtomicUsize::new(0), freed: Notify::new() }))
    }

    /// Creates a share of this budget: `1 / one_in` of its bytes, also counted in this budget.
    #[must_use]
    pub fn share(&self, one_in: usize) -> Self {
        let max = self.0.max / one_in.max(1);
        let whole = Some(self.clone());
        Self(Arc::new(Shared { max, whole, reserved: AtomicUsize::new(0), freed: Notify::new() }))
    }

    /// Returns the number of reserved bytes.
    #[must_use]
    pub fn reserved(&self) -> usize {
        self.0.reserved.load(Ordering::Relaxed)
    }

    /// Reserves bytes if they are free. A reservation larger than the budget is reduced to it.
    #[must_use]
    pub fn try_reserve(&self, bytes: usize) -> Option<Reservation> {
        let mut reservation = Reservation { budget: self.clone(), bytes: 0 };
        reservation.try_grow(bytes).then_some(reservation)
    }

    /// Reserves bytes, and waits at most two seconds for other requests to free them. Small
    /// reservations do not queue behind large ones.
    ///
    /// # Errors
    /// Returns 503 with Retry-After when the bytes were not freed in time.
    pub async fn reserve(&self, bytes: usize) -> Result<Reservation, Problem> {
        let wait = async {
            loop {
                // Memory freed by a share is freed in the whole budget too.
                let freed = self.0.whole.as_ref().unwrap_or(self).0.freed.notified();
                if let Some(reservation) = self.try_reserve(bytes) {
                    return reservation;
                }
                freed.await;
            }
        };
        tokio::time::timeout(TIMEOUT, wait).await.map_err(|_| exhausted())
    }
}

impl Budget {
    fn take(&self, bytes: usize) -> bool {
        let Shared { max, whole, reserved, .. } = &*self.0;
        let taken = reserved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |reserved| {
            reserved.checked_add(bytes).filter(|sum| sum <= max)
        });
        if taken.is_err() {
            return false;
        }
        if whole.as_ref().is_none_or(|whole| whole.take(bytes)) {
            return true;
        }
        reserved.fetch_sub(bytes, Ordering::Relaxed);
        false
    }

    fn give_back(&self, bytes: usize) {
        self.0.reserved.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(whole) = &self.0.whole {
            whole.give_back(bytes);
        }
        self.0.freed.notify_waiters();
    }
}

impl Reservation {
    /// Reserves more bytes if they are free. After a failure, a caller must free its reservation
    /// before it waits for more.
    #[must_use]
    pub fn try_grow(&mut self, bytes: usize) -> bool {
        let bytes = bytes.min(self.budget.0.max - self.bytes.min(self.budget.0.max));
        let taken = self.budget.take(bytes);
        if taken {
            self.bytes += bytes;
        }
        taken
    }

    /// Reduces the reservation to `bytes` bytes.
    pub fn shrink_to(&mut self, bytes: usize) {
        if let Some(freed) = self.bytes.checked_sub(bytes) {
            self.bytes = bytes;
            self.free(freed);
        }
    }

    fn free(&self, bytes: usize) {
        if bytes > 0 {
            self.budget.give_back(bytes);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.free(self.bytes);
    }
}

/// Returns 503 for an exhausted budget.
#[must_use]
pub fn exhausted() -> Problem {
    Problem::from(AccessRefusal::Memory).retry_after(1)
}

#[cfg(test)]
mod tests {
    use epissure_protocol::problem::Code;

    use super::*;

    #[test]
    fn what_is_reserved_is_free_again_when_it_is_dropped() {
        let budget = Budget::new(100);
        let mut first = budget.try_reserve(60).expect("free");
        assert!(budget.try_reserve(60).is_none() && first.try_grow(30));
        first.shrink_to(10);
        assert_eq!(budget.reserved(), 10);
        drop(first);
        assert_eq!(budget.reserved(), 0);
        let whole = budget.try_reserve(1_000).expect("cut to the budget");
        assert_eq!((budget.reserved(), budget.try_reserve(1).is_none()), (100, true));
        drop(whole);
    }

    #[test]
    fn a_share_is_a_part_of_the_whole_and_no_more() {
        let whole = Budget::new(100);
        let (one, other) = (whole.share(4), whole.share(4));
        let held = one.try_reserve(25).expect("the share");
        assert!(one.try_reserve(1).is_none() && other.try_reserve(1).is_some());
        let rest = whole.try_reserve(75).expect("the rest");
        assert!(other.try_reserve(1).is_none(), "the whole is spent");
        drop((held, rest));
        assert_eq!((whole.reserved(), one.reserved()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_two_seconds_for_memory_and_is_then_refused() {
        let budget = Budget::new(100);
        let held = budget.try_reserve(100).expect("free");
        let refused = budget.reserve(1).await.expect_err("nothing is free");
        assert_eq!((refused.code(), refused.retry_after), (Code::Unavailable, Some(1)));
        let waiting = tokio::spawn({
            let budget = budget.clone();
            async move { budget.reserve(50).await.is_ok() }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(held);
        assert!(waiting.await.expect("ends"));
    }
}
