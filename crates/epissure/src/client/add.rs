//! `epissure client add`.

use clap::Args;
use epissure_app::directory::clients::{self, NewClient};
use epissure_protocol::names::OperatorCode;

use super::RoleName;
use super::secret::{ChosenSecret, SecretOutput};
use crate::cli::Common;
use crate::failure::Failure;
use crate::store::{Missing, author, open_app};

/// Add a client and print its secret once
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure client add --operator SFRA --role oc --id sfra-tickets")]
pub(crate) struct Options {
    /// Code of its operator
    #[arg(long, value_name = "CODE")]
    operator: OperatorCode,
    /// Role: oi treats the tickets of its operator, oc opens and follows them
    #[arg(long, value_enum)]
    role: RoleName,
    /// Client identifier [default: made from the operator and the role]
    #[arg(long)]
    id: Option<String>,
    #[command(flatten)]
    secret: ChosenSecret,
    /// Scope that the client may request; repeatable [default: every scope]
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ' ')]
    scopes: Vec<String>,
    #[command(flatten)]
    output: SecretOutput,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let Options { operator, role, id, secret, scopes, output } = options;
    let app = open_app(common, Missing::Create).await?;
    let new = NewClient { operator, role: role.into(), id, secret: secret.read()?, scopes };
    let (client, secret) = clients::add(&app, new, &author(&app)).await?;
    output.print_client(&client, &secret.0)
}
