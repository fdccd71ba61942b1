//! Source of random identifiers and secrets, replaceable in tests.

use jiff::Timestamp;
use uuid::{Builder, Uuid};

/// Source of randomness.
pub trait Entropy: Send + Sync + 'static {
    /// Fills a buffer with cryptographically secure random bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// Generates an identifier that sorts by time (UUID version 7).
    fn uuid(&self, now: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        let millisecond = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millisecond, &random).into_uuid()
    }
}

/// Cryptographically secure generator seeded by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's randomness is taken")]
    fn fill(&self, bytes: &mut [u8]) {
        use rand::Rng as _;
        rand::rng().fill_bytes(bytes);
    }
}
