//! Randomness: identifiers and secrets.

use jiff::Timestamp;
use uuid::{Builder, Uuid};

/// A source of randomness.
pub trait Entropy: Send + Sync + 'static {
    /// Fills a buffer with random bytes, good enough for secrets.
    fn fill(&self, bytes: &mut [u8]);

    /// A new identifier, which sorts by the instant of its making (UUID version 7).
    fn uuid(&self, now: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        let millisecond = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millisecond, &random).into_uuid()
    }
}

/// The operating system's randomness, through a generator made for secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's randomness is taken")]
    fn fill(&self, bytes: &mut [u8]) {
        use rand::Rng as _;
        rand::rng().fill_bytes(bytes);
    }
}
