//! `epissure operator add`.

use clap::Args;
use epissure_app::directory::operators;
use epissure_protocol::names::OperatorCode;
use epissure_store::Operator;

use super::roles;
use crate::cli::Common;
use crate::failure::Failure;
use crate::output;
use crate::store::{Missing, author, open_app};

/// Add an operator, or replace its row
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure operator add FTEL --name \"Example Infrastructure\" --oi")]
pub(crate) struct Options {
    /// ARCEP code: four capital letters or digits
    code: OperatorCode,
    /// Name
    #[arg(long)]
    name: String,
    /// Infrastructure operator: treats tickets on this server
    #[arg(long)]
    oi: bool,
    /// Commercial operator: opens tickets on this server
    #[arg(long)]
    oc: bool,
    /// SIREN of its company: nine digits
    #[arg(long, value_name = "N")]
    siren: Option<String>,
    /// As OI: refuse a creation whose address cannot be identified; without it, the ticket is
    /// accepted with a warning
    #[arg(long)]
    strict_creation: bool,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let Options { code, name, oi, oc, siren, strict_creation } = options;
    let operator = Operator { code, name, is_oi: oi, is_oc: oc, siren, strict_creation };
    let app = open_app(common, Missing::Create).await?;
    let known = operators::list(&app).await?.into_iter().any(|known| known.code == operator.code);
    let (code, roles) = (operator.code.clone(), roles(&operator));
    for warning in operators::put(&app, operator, &author(&app)).await? {
        eprintln!("warning: {warning}");
    }
    let done = if known { "replaced" } else { "added" };
    let role = if oi { "oi" } else { "oc" };
    output::print(&format!(
        "Operator {code} {done}: {roles}.\nNext, add its client: epissure client add --operator {code} --role {role}"
    ))
}
