//! `epissure attachment`: the rules for attached files, applied to local files.

mod check;

use clap::Subcommand;

use crate::failure::Failure;

/// Try the rules for attached files
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Check(check::Options),
}

pub(crate) fn run(verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Check(options) => check::run(options),
    }
}
