//! `epissure operator`: who is served here.

use clap::Subcommand;
use epissure_app::directory::operators;
use epissure_protocol::names::OperatorCode;
use epissure_store::Operator;

use crate::failure::Failure;
use crate::options::Common;
use crate::store::{Missing, author, open_app};
use crate::{output, table};

/// The operators: those whose buildings are here (OI), those that open tickets (OC)
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Add an operator, or replace what is known of it
    #[command(after_help = "Example:\n  epissure operator add FTEL --name \"Example Infrastructure\" --oi")]
    Add {
        /// Its code of four capital letters or digits, given by ARCEP
        #[arg(env = "EPISSURE_OPERATOR_CODE")]
        code: OperatorCode,
        /// Its name
        #[arg(long, env = "EPISSURE_OPERATOR_NAME")]
        name: String,
        /// It treats tickets here, as infrastructure operator
        #[arg(long, env = "EPISSURE_OPERATOR_OI")]
        oi: bool,
        /// It opens tickets here, as commercial operator
        #[arg(long, env = "EPISSURE_OPERATOR_OC")]
        oc: bool,
        /// Its company: nine digits
        #[arg(long, value_name = "N", env = "EPISSURE_OPERATOR_SIREN")]
        siren: Option<String>,
        /// As OI: refuse a creation whose address cannot be identified, rather than accept it with a warning
        #[arg(long, env = "EPISSURE_OPERATOR_STRICT_CREATION")]
        strict_creation: bool,
    },
    /// List the operators
    #[command(after_help = "Example:\n  epissure operator list --json")]
    List {
        /// As JSON, for programs
        #[arg(long, env = "EPISSURE_JSON")]
        json: bool,
    },
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Add { code, name, oi, oc, siren, strict_creation } => {
            add(common, Operator { code, name, is_oi: oi, is_oc: oc, siren, strict_creation }).await
        }
        Verb::List { json } => list(common, json).await,
    }
}

async fn add(common: &Common, operator: Operator) -> Result<(), Failure> {
    let app = open_app(common, Missing::Create).await?;
    let known = operators::list(&app).await?.into_iter().any(|known| known.code == operator.code);
    let (code, roles) = (operator.code.clone(), roles(&operator));
    let is_oi = operator.is_oi;
    for warning in operators::put(&app, operator, &author(&app)).await? {
        eprintln!("warning: {warning}");
    }
    let done = if known { "replaced" } else { "added" };
    let role = if is_oi { "oi" } else { "oc" };
    output::print(&format!(
        "Operator {code} {done}: {roles}.\nNext, a program of it: epissure client add --operator {code} --role {role}"
    ))
}

async fn list(common: &Common, json: bool) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    let operators = operators::list(&app).await?;
    if json {
        return output::print_json(&operators);
    }
    if operators.is_empty() {
        return output::print("No operator yet: epissure operator add CODE --name NAME --oi");
    }
    let rows = operators.into_iter().map(|operator| {
        let roles = roles(&operator);
        let strict = table::tick(operator.strict_creation);
        [operator.code.to_string(), roles, operator.siren.unwrap_or_default(), strict, operator.name]
    });
    output::print(&table::table(["CODE", "ROLES", "SIREN", "STRICT", "NAME"], rows))
}

fn roles(operator: &Operator) -> String {
    match (operator.is_oi, operator.is_oc) {
        (true, true) => "oi, oc",
        (true, false) => "oi",
        _ => "oc",
    }
    .to_owned()
}
