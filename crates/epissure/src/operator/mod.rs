//! `epissure operator`: the operators that the server knows.

mod add;
mod list;

use clap::Subcommand;
use epissure_store::Operator;

use crate::cli::Common;
use crate::failure::Failure;

/// Manage operators: infrastructure operators (OI) and commercial operators (OC)
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Add(add::Options),
    List(list::Options),
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Add(options) => add::run(common, options).await,
        Verb::List(options) => list::run(common, &options).await,
    }
}

/// Returns the roles of an operator, as options name them.
const fn roles(operator: &Operator) -> &'static str {
    match (operator.is_oi, operator.is_oc) {
        (true, true) => "oi, oc",
        (true, false) => "oi",
        _ => "oc",
    }
}
