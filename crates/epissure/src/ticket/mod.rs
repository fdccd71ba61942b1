//! `epissure ticket`: queries on tickets.

mod due;

use clap::Subcommand;

use crate::cli::Common;
use crate::failure::Failure;

/// Look at tickets
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Due(due::Options),
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Due(options) => due::run(common, &options).await,
    }
}
