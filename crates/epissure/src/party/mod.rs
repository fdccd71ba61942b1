//! `epissure party`: the directory of organizations and individuals.

mod csv;
mod documents;
mod import;
mod lines;
mod progress;
mod report;

use clap::Subcommand;

use crate::cli::Common;
use crate::failure::Failure;

/// Manage the directory of organizations and individuals
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Import(import::Options),
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Import(options) => import::run(common, options).await,
    }
}
