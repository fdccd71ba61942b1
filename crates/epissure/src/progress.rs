//! Progress bar on a terminal; without one, verbs log lines instead.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error if that is a terminal, cleared on drop.
pub(crate) struct Bar(Option<ProgressBar>);

impl Bar {
    /// Starts a bar with a template of indicatif; a spinner when the length is unknown.
    pub(crate) fn new(length: Option<u64>, template: &str) -> Self {
        Self(std::io::stderr().is_terminal().then(|| {
            let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
            let style = ProgressStyle::with_template(template);
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        }))
    }

    /// Returns the bar, if there is one.
    pub(crate) const fn shown(&self) -> Option<&ProgressBar> {
        self.0.as_ref()
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
