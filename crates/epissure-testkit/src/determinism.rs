//! Manual clock and reproducible randomness.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use epissure_app::clock::Clock;
use epissure_app::entropy::Entropy;
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use uuid::{Builder, Uuid};

/// Clock that advances only on request.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Creates a clock that shows an instant.
    ///
    /// # Panics
    /// Panics when the text is not an instant.
    #[must_use]
    pub fn starting_at(text: &str) -> Self {
        Self(Mutex::new(text.parse().expect("an instant")))
    }

    /// Advances the clock by a duration.
    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }

    /// Sets the clock to an instant.
    pub fn set(&self, to: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seeded randomness; identifiers may also be planned.
#[derive(Debug)]
pub struct SeededEntropy {
    generator: Mutex<StdRng>,
    planned: Mutex<VecDeque<Uuid>>,
}

impl SeededEntropy {
    /// Creates a generator with a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { generator: Mutex::new(StdRng::seed_from_u64(seed)), planned: Mutex::default() }
    }

    /// Sets the next identifiers.
    ///
    /// # Panics
    /// Panics when a text is not a UUID.
    pub fn plan(&self, identifiers: &[&str]) {
        let identifiers = identifiers.iter().map(|text| text.parse::<Uuid>().expect("a UUID"));
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).extend(identifiers);
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.generator.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }

    fn uuid(&self, now: Timestamp) -> Uuid {
        if let Some(planned) = self.planned.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
            return planned;
        }
        let mut random = [0; 10];
        self.fill(&mut random);
        let millisecond = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millisecond, &random).into_uuid()
    }
}
