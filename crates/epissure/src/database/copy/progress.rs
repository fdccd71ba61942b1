//! Progress display of a copy: a bar on a terminal, occasional lines in a log.

use epissure_store::archive::{self, Phase};

use crate::progress::Bar;

/// Number of rows between two lines of the log.
const LOG_INTERVAL: u64 = 100_000;

pub(super) struct Progress {
    bar: Bar,
    phase: Phase,
    told: u64,
}

impl Progress {
    pub(super) fn new() -> Self {
        let bar = Bar::new(Some(0), "{bar:30} {percent} %  {msg}  {eta} left");
        Self { bar, phase: Phase::Copy, told: 0 }
    }

    /// Shows the progress.
    pub(super) fn at(&mut self, at: archive::Progress) {
        let archive::Progress { phase, table, done, of } = at;
        if phase != self.phase {
            (self.phase, self.told) = (phase, 0);
            if let Some(bar) = self.bar.shown() {
                bar.reset();
            }
        }
        let doing = match phase {
            Phase::Copy => "copied",
            Phase::Verify => "verified",
        };
        if let Some(bar) = self.bar.shown() {
            bar.set_length(of);
            bar.set_message(format!("{table} {doing}"));
            bar.set_position(done);
        } else if done >= self.told + LOG_INTERVAL {
            self.told = done - done % LOG_INTERVAL;
            eprintln!("{} of {of} rows {doing}…", self.told);
        }
    }
}
