//! `epissure database`: migration, check, backup and copy of the database.

mod backup;
mod check;
mod copy;
mod migrate;
mod text_index;

use clap::Subcommand;

use crate::cli::Common;
use crate::failure::Failure;

/// Migrate, check, back up or copy the database
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Migrate(migrate::Options),
    Check(check::Options),
    Backup(backup::Options),
    Copy(copy::Options),
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Migrate(options) => migrate::run(common, &options).await,
        Verb::Check(options) => check::run(common, &options).await,
        Verb::Backup(options) => backup::run(common, &options).await,
        Verb::Copy(options) => copy::run(common, &options).await,
    }
}
