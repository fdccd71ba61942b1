//! `epissure client list`.

use clap::Args;
use epissure_app::directory::clients;
use epissure_app::oauth::SCOPES;
use jiff::Timestamp;

use crate::cli::Common;
use crate::failure::Failure;
use crate::store::{Missing, open_app};
use crate::{output, table};

/// List the clients, without their secrets
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure client list --json")]
pub(crate) struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    let clients = clients::list(&app).await?;
    if options.json {
        return output::print_json(&clients);
    }
    if clients.is_empty() {
        return output::print("No client. Add one: epissure client add --operator CODE --role oi|oc");
    }
    let rows = clients.into_iter().map(|client| {
        let all = client.scopes.len() == SCOPES.len();
        [
            client.id.to_string(),
            client.operator.to_string(),
            client.role.as_str().to_owned(),
            day(client.created),
            client.revoked.map(day).unwrap_or_default(),
            if all { "all".to_owned() } else { client.scopes.join(" ") },
        ]
    });
    output::print(&table::table(["ID", "OPERATOR", "ROLE", "CREATED", "REVOKED", "SCOPES"], rows))
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}
