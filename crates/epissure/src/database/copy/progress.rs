//! How far a copy is: a bar for a person, a line now and then for a log.

use std::io::IsTerminal as _;

use epissure_store::archive::{self, Phase};
use indicatif::{ProgressBar, ProgressStyle};

/// Rows between two lines of the log.
const BETWEEN_LINES: u64 = 100_000;

pub(super) struct Progress {
    /// Where there is a terminal.
    bar: Option<ProgressBar>,
    phase: Phase,
    told: u64,
}

impl Progress {
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {percent} %  {msg}  {eta} left");
            ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, phase: Phase::Copy, told: 0 }
    }

    /// So much is done.
    pub(super) fn at(&mut self, at: archive::Progress) {
        let archive::Progress { phase, table, done, of } = at;
        if phase != self.phase {
            (self.phase, self.told) = (phase, 0);
            if let Some(bar) = &self.bar {
                bar.reset();
            }
        }
        let doing = match phase {
            Phase::Copy => "copied",
            Phase::Verify => "verified",
        };
        if let Some(bar) = &self.bar {
            bar.set_length(of);
            bar.set_message(format!("{table} {doing}"));
            bar.set_position(done);
        } else if done >= self.told + BETWEEN_LINES {
            self.told = done - done % BETWEEN_LINES;
            eprintln!("{} of {of} rows {doing}…", self.told);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
