//! Latency of one operation, run one at a time.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use epissure_store_sqlite::FILE_NAME;
use rusqlite::Connection;

/// Measures times, with a writer that changes the database between runs.
pub(super) struct Times {
    disturber: Connection,
    written: i32,
}

impl Times {
    pub(super) fn new(data: &Path) -> Result<Self> {
        Ok(Self { disturber: Connection::open(data.join(FILE_NAME))?, written: 0 })
    }

    /// Writes a change that affects neither a ticket nor a party, so that cached totals are counted
    /// again.
    fn disturb(&mut self) -> Result<()> {
        self.written += 1;
        self.disturber.pragma_update(None, "user_version", self.written)?;
        Ok(())
    }

    /// Returns the median duration of an operation, in milliseconds. Runs it at least 3 times, then
    /// for the requested duration, at most 500 times. Runs an operation of more than a second only
    /// once.
    pub(super) fn median(
        &mut self,
        length: Duration,
        disturbed: bool,
        mut work: impl FnMut() -> Result<()>,
    ) -> Result<f64> {
        let began = Instant::now();
        let mut times = Vec::new();
        let is_long = |times: &[f64]| times.iter().any(|time| *time > 1e3);
        while (times.len() < 3 && !is_long(&times)) || (began.elapsed() < length && times.len() < 500) {
            if disturbed {
                self.disturb()?;
            }
            let started = Instant::now();
            work()?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_unstable_by(f64::total_cmp);
        Ok(times[times.len() / 2])
    }
}
