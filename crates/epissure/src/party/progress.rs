//! How far an import is: a bar for a person, a line now and then for a log.

use crate::progress::Bar;

/// Lines of the file between two lines of the log.
const BETWEEN_LINES: u64 = 100_000;

pub(super) struct Progress {
    bar: Bar,
    told: u64,
}

impl Progress {
    /// Of a file of so many bytes, when that is known.
    pub(super) fn new(bytes: Option<u64>) -> Self {
        let template = match bytes {
            Some(_) => "{bar:30} {percent} %  {msg}  {eta} left",
            None => "{spinner}  {msg}",
        };
        Self { bar: Bar::new(bytes, template), told: 0 }
    }

    /// So much has been read and imported.
    pub(super) fn at(&mut self, (lines, bytes): (u64, u64)) {
        if let Some(bar) = self.bar.shown() {
            bar.set_message(format!("{lines} lines"));
            bar.set_position(bytes);
        } else if lines >= self.told + BETWEEN_LINES {
            self.told = lines - lines % BETWEEN_LINES;
            eprintln!("{} lines imported…", self.told);
        }
    }
}
