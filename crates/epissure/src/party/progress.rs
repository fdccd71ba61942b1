//! How far an import is: a bar for a person, a line now and then for a log.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// Lines of the file between two lines of the log.
const BETWEEN_LINES: u64 = 100_000;

pub(super) struct Progress {
    /// Where there is a terminal.
    bar: Option<ProgressBar>,
    told: u64,
}

impl Progress {
    /// Of a file of so many bytes, when that is known.
    pub(super) fn new(bytes: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let (bar, template) = match bytes {
                Some(bytes) => (ProgressBar::new(bytes), "{bar:30} {percent} %  {msg}  {eta} left"),
                None => (ProgressBar::new_spinner(), "{spinner}  {msg}"),
            };
            let style = ProgressStyle::with_template(template);
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, told: 0 }
    }

    /// So much has been read and imported.
    pub(super) fn at(&mut self, (lines, bytes): (u64, u64)) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{lines} lines"));
            bar.set_position(bytes);
        } else if lines >= self.told + BETWEEN_LINES {
            self.told = lines - lines % BETWEEN_LINES;
            eprintln!("{} lines imported…", self.told);
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
