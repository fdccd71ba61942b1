//! Deadline of a request. Arriving bytes extend it, so that a long upload on a slow line does not
//! time out.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A shared instant, and the time by which progress extends it.
#[derive(Debug, Clone)]
pub(crate) struct Deadline {
    allowed: Duration,
    until: Arc<Mutex<Instant>>,
}

impl Deadline {
    /// Creates a deadline at this distance from now.
    pub(crate) fn after(allowed: Duration) -> Self {
        Self { allowed, until: Arc::new(Mutex::new(Instant::now() + allowed)) }
    }

    /// Restarts the allowed time, after progress.
    pub(crate) fn extend(&self) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + self.allowed;
    }

    /// Completes when the deadline has passed.
    pub(crate) async fn passed(&self) {
        loop {
            let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
            if Instant::now() >= until {
                return;
            }
            sleep_until(until).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn progress_pushes_it_back_and_silence_does_not() {
        let (began, deadline) = (Instant::now(), Deadline::after(Duration::from_secs(60)));
        let sender = deadline.clone();
        tokio::spawn(async move {
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_secs(50)).await;
                sender.extend();
            }
        });
        deadline.passed().await;
        assert_eq!(began.elapsed().as_secs(), 150 + 60);
    }
}
