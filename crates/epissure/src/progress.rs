//! A bar for a person who watches; where nobody does, the log gets lines.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error, where that is a terminal; cleared in the end.
pub(crate) struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar of some length, drawn as a template of indicatif says; a spinner when nobody knows the length.
    pub(crate) fn new(length: Option<u64>, template: &str) -> Self {
        Self(std::io::stderr().is_terminal().then(|| {
            let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
            let style = ProgressStyle::with_template(template);
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        }))
    }

    /// The bar, where there is one.
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
