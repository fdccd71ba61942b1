//! `epissure client`: the programs that call the API.

mod add;
mod list;
mod revoke;
mod rotate;
pub(crate) mod secret;

use clap::{Subcommand, ValueEnum};
use epissure_store::Role;

use crate::cli::Common;
use crate::failure::Failure;

/// Manage clients: programs that call the API, each for one operator in one role
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Add(add::Options),
    List(list::Options),
    Rotate(rotate::Options),
    Revoke(revoke::Options),
}

/// A role, as the command line spells it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    Oi,
    Oc,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Oi => Self::Oi,
            RoleName::Oc => Self::Oc,
        }
    }
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Add(options) => add::run(common, options).await,
        Verb::List(options) => list::run(common, &options).await,
        Verb::Rotate(options) => rotate::run(common, options).await,
        Verb::Revoke(options) => revoke::run(common, &options).await,
    }
}
