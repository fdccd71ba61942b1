//! Progress display of an import: a bar on a terminal, occasional lines in a log.

use crate::progress::Bar;

/// Number of input lines between two lines of the log.
const LOG_INTERVAL: u64 = 100_000;

pub(super) struct Progress {
    bar: Bar,
    told: u64,
}

impl Progress {
    /// Starts the display for a file of this size, if known.
    pub(super) fn new(bytes: Option<u64>) -> Self {
        let template = match bytes {
            Some(_) => "{bar:30} {percent} %  {msg}  {eta} left",
            None => "{spinner}  {msg}",
        };
        Self { bar: Bar::new(bytes, template), told: 0 }
    }

    /// Shows the numbers of lines and bytes imported.
    pub(super) fn at(&mut self, (lines, bytes): (u64, u64)) {
        if let Some(bar) = self.bar.shown() {
            bar.set_message(format!("{lines} lines"));
            bar.set_position(bytes);
        } else if lines >= self.told + LOG_INTERVAL {
            self.told = lines - lines % LOG_INTERVAL;
            eprintln!("{} lines imported…", self.told);
        }
    }
}
