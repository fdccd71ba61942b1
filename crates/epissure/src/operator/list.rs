//! `epissure operator list`.

use clap::Args;
use epissure_app::directory::operators;

use super::roles;
use crate::cli::Common;
use crate::failure::Failure;
use crate::store::{Missing, open_app};
use crate::{output, table};

/// List the operators
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure operator list --json")]
pub(crate) struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    let operators = operators::list(&app).await?;
    if options.json {
        return output::print_json(&operators);
    }
    if operators.is_empty() {
        return output::print("No operator. Add one: epissure operator add CODE --name NAME --oi");
    }
    let rows = operators.into_iter().map(|operator| {
        let roles = roles(&operator).to_owned();
        let strict = table::tick(operator.strict_creation);
        [operator.code.to_string(), roles, operator.siren.unwrap_or_default(), strict, operator.name]
    });
    output::print(&table::table(["CODE", "ROLES", "SIREN", "STRICT", "NAME"], rows))
}
