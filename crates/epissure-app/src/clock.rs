//! Clock of the application, replaceable in tests.

use jiff::Timestamp;

/// A source of time, to the millisecond.
pub trait Clock: Send + Sync + 'static {
    /// Returns the current time, to the millisecond.
    fn now(&self) -> Timestamp;
}

/// System clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> Timestamp {
        epissure_protocol::instant::to_millisecond(Timestamp::now())
    }
}
