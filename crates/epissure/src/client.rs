//! `epissure client`: the programs that call.

use std::io;

use clap::{Subcommand, ValueEnum};
use epissure_app::directory::clients::{self, NewClient};
use epissure_protocol::names::OperatorCode;
use epissure_store::{Client, Role};
use serde_json::json;

use crate::failure::Failure;
use crate::options::Common;
use crate::store::{Missing, author, open_app};
use crate::{output, table};

/// The clients: the programs that call, each of one operator and in one role
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Add a client, and show its secret once
    #[command(after_help = "Example:\n  epissure client add --operator SFRA --role oc --id sfra-tickets")]
    Add {
        /// The code of its operator
        #[arg(long, value_name = "CODE", env = "EPISSURE_CLIENT_OPERATOR")]
        operator: OperatorCode,
        /// In which role it acts: oi treats the tickets of its operator, oc opens and follows them
        #[arg(long, value_enum, env = "EPISSURE_CLIENT_ROLE")]
        role: RoleName,
        /// Its identifier [default: made of the operator and the role]
        #[arg(long, env = "EPISSURE_CLIENT_ID")]
        id: Option<String>,
        #[command(flatten)]
        secret: Secret,
        /// A scope that it may ask for; may be repeated [default: every scope]
        #[arg(long = "scope", value_name = "SCOPE", env = "EPISSURE_CLIENT_SCOPE", value_delimiter = ' ')]
        scopes: Vec<String>,
        #[command(flatten)]
        shown: Shown,
    },
    /// List the clients; secrets are not kept and cannot be listed
    #[command(after_help = "Example:\n  epissure client list --json")]
    List {
        /// As JSON, for programs
        #[arg(long, env = "EPISSURE_JSON")]
        json: bool,
    },
    /// Give a client another secret, shown once; its tokens end, and it is accepted again if it was revoked
    #[command(after_help = "Example:\n  epissure client rotate sfra-tickets")]
    Rotate {
        /// The identifier of the client
        #[arg(env = "EPISSURE_CLIENT_ID")]
        id: String,
        #[command(flatten)]
        secret: Secret,
        #[command(flatten)]
        shown: Shown,
    },
    /// Refuse a client from now on; its tokens end
    #[command(after_help = "Example:\n  epissure client revoke sfra-tickets")]
    Revoke {
        /// The identifier of the client
        #[arg(env = "EPISSURE_CLIENT_ID")]
        id: String,
    },
}

/// A secret chosen by hand.
#[derive(Debug, clap::Args)]
pub(crate) struct Secret {
    /// A secret chosen by hand, of 16 characters or more; `-` reads it from standard input [default: made, of 256
    /// random bits]
    #[arg(long, env = "EPISSURE_CLIENT_SECRET", allow_hyphen_values = true)]
    secret: Option<String>,
}

/// How the secret is shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Shown {
    /// Print the secret alone
    #[arg(long, conflicts_with = "json", env = "EPISSURE_QUIET")]
    pub(crate) quiet: bool,
    /// As JSON, for programs
    #[arg(long, env = "EPISSURE_JSON")]
    pub(crate) json: bool,
}

/// A role, as the command line has it.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
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
        Verb::Add { operator, role, id, secret, scopes, shown } => {
            let app = open_app(common, Missing::Create).await?;
            let new =
                NewClient { operator, role: role.into(), id, secret: read_secret(secret.secret)?, scopes };
            let (client, secret) = clients::add(&app, new, &author(&app)).await?;
            show(&client, &secret.0, &shown)
        }
        Verb::List { json } => list(common, json).await,
        Verb::Rotate { id, secret, shown } => {
            let app = open_app(common, Missing::Refuse).await?;
            let secret = clients::rotate(&app, &id, read_secret(secret.secret)?, &author(&app)).await?;
            let client = clients::list(&app).await?.into_iter().find(|client| client.id.0 == id);
            let client =
                client.ok_or_else(|| Failure::failed(format!("the client {id} has just been removed")))?;
            show(&client, &secret.0, &shown)
        }
        Verb::Revoke { id } => {
            let app = open_app(common, Missing::Refuse).await?;
            clients::revoke(&app, &id, &author(&app)).await?;
            output::print(&format!(
                "Client {id} revoked: it obtains no token any more; those it holds end within a second.\n\
                 `epissure client rotate {id}` accepts it again, with another secret."
            ))
        }
    }
}

/// A secret as it was given; `-` stands for a line of standard input.
pub(crate) fn read_secret(given: Option<String>) -> Result<Option<String>, Failure> {
    if given.as_deref() != Some("-") {
        return Ok(given);
    }
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|error| {
        Failure::failed(format!("the secret cannot be read from standard input: {error}"))
    })?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn show(client: &Client, secret: &str, shown: &Shown) -> Result<(), Failure> {
    if shown.quiet {
        return output::print(secret);
    }
    if shown.json {
        return output::print_json(&json!({
            "id": client.id,
            "secret": secret,
            "operator": client.operator,
            "role": client.role,
            "scopes": client.scopes,
        }));
    }
    let facts = table::pairs(&[
        ("client", client.id.to_string()),
        ("secret", secret.to_owned()),
        ("operator", format!("{}, as {}", client.operator, client.role.as_str())),
        ("scopes", client.scopes.join(" ")),
    ]);
    output::print(&format!(
        "{facts}\n\
         Keep the secret now: only a hash of it is kept here, it cannot be shown again.\n\
         `epissure client rotate {}` gives another.\n\n\
         To obtain a token (put the address of your server):\n\n  \
         curl -sS -u {} -d grant_type=client_credentials http://127.0.0.1:8080/oauth/v2/token",
        client.id,
        quote(&format!("{}:{secret}", client.id)),
    ))
}

/// A text as one word of a shell.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

async fn list(common: &Common, json: bool) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    let clients = clients::list(&app).await?;
    if json {
        return output::print_json(&clients);
    }
    if clients.is_empty() {
        return output::print("No client yet: epissure client add --operator CODE --role oi|oc");
    }
    let all = epissure_app::oauth::SCOPES.len();
    let rows = clients.into_iter().map(|client| {
        let scopes = if client.scopes.len() == all { "all".to_owned() } else { client.scopes.join(" ") };
        [
            client.id.to_string(),
            client.operator.to_string(),
            client.role.as_str().to_owned(),
            day(client.created),
            client.revoked.map(day).unwrap_or_default(),
            scopes,
        ]
    });
    output::print(&table::table(["ID", "OPERATOR", "ROLE", "CREATED", "REVOKED", "SCOPES"], rows))
}

fn day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_quoted_text_as_it_was() {
        assert_eq!(quote("a:b c"), "'a:b c'");
        assert_eq!(quote("it's"), r"'it'\''s'");
    }
}
