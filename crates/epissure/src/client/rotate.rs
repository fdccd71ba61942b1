//! `epissure client rotate`.

use clap::Args;
use epissure_app::directory::clients;

use super::secret::{ChosenSecret, SecretOutput};
use crate::cli::Common;
use crate::failure::Failure;
use crate::store::{Missing, author, open_app};

/// Replace the secret of a client and print it once
///
/// Tokens of the client end. A revoked client is accepted again.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure client rotate sfra-tickets")]
pub(crate) struct Options {
    /// Client identifier
    id: String,
    #[command(flatten)]
    secret: ChosenSecret,
    #[command(flatten)]
    output: SecretOutput,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let Options { id, secret, output } = options;
    let app = open_app(common, Missing::Refuse).await?;
    let secret = clients::rotate(&app, &id, secret.read()?, &author(&app)).await?;
    let client = clients::list(&app).await?.into_iter().find(|client| client.id.0 == id);
    let client = client.ok_or_else(|| Failure::failed(format!("the client {id} has just been removed")))?;
    output.print_client(&client, &secret.0)
}
