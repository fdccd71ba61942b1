//! `epissure contract`: the agreements between an OI and an OC.

pub(crate) mod events;
mod list;
mod set;

use clap::Subcommand;

use crate::cli::Common;
use crate::failure::Failure;

/// Manage contracts: delays, limits and event delivery between an OI and an OC
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Set(set::Options),
    List(list::Options),
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Set(options) => set::run(common, options).await,
        Verb::List(options) => list::run(common, &options).await,
    }
}
