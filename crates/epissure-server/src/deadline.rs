//! Until when a request must have been treated. What keeps arriving pushes it back: a long file on a slow line is no
//! slow treatment.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The instant, and how far progress pushes it back; shared by whoever waits for it and whoever makes progress.
#[derive(Debug, Clone)]
pub(crate) struct Deadline {
    allowed: Duration,
    until: Arc<Mutex<Instant>>,
}

impl Deadline {
    /// So long from now.
    pub(crate) fn after(allowed: Duration) -> Self {
        Self { allowed, until: Arc::new(Mutex::new(Instant::now() + allowed)) }
    }

    /// There was progress: so long again from now.
    pub(crate) fn extend(&self) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + self.allowed;
    }

    /// Done when it has passed.
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
