//! Secrets: read from options or standard input, printed once.

use std::io;

use clap::Args;
use epissure_protocol::secret::Secret;
use epissure_store::Client;
use serde_json::json;

use crate::failure::Failure;
use crate::{output, table};

/// The secret of a client, chosen by the administrator.
#[derive(Debug, Args)]
pub(super) struct ChosenSecret {
    /// Secret of 16 characters or more; `-` reads it from standard input [default: 256 random bits]
    #[arg(long, env = "EPISSURE_CLIENT_SECRET", allow_hyphen_values = true)]
    secret: Option<String>,
}

impl ChosenSecret {
    /// Reads the secret; `None` lets the server generate one.
    pub(super) fn read(self) -> Result<Option<String>, Failure> {
        read(self.secret)
    }
}

/// The form in which a secret is printed.
#[derive(Debug, Args)]
pub(crate) struct SecretOutput {
    /// Print only the secret
    #[arg(long, conflicts_with = "json")]
    quiet: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl SecretOutput {
    /// Prints a secret alone, as JSON, or followed by an explanation.
    pub(crate) fn print(&self, secret: &Secret, explanation: &str) -> Result<(), Failure> {
        if self.quiet {
            output::print(secret.reveal())
        } else if self.json {
            output::print_json(&json!({"secret": secret.reveal()}))
        } else {
            output::print(&format!("{}\n\n{explanation}", secret.reveal()))
        }
    }

    /// Prints the secret of a client, with a request that obtains a token.
    pub(super) fn print_client(&self, client: &Client, secret: &str) -> Result<(), Failure> {
        if self.quiet {
            return output::print(secret);
        }
        if self.json {
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
             Store the secret now: the server keeps only a hash and cannot show it again.\n\
             `epissure client rotate {}` replaces it.\n\n\
             To obtain a token (replace the address by your server's):\n\n  \
             curl -sS -u {} -d grant_type=client_credentials http://127.0.0.1:8080/oauth/v2/token",
            client.id,
            quote(&format!("{}:{secret}", client.id)),
        ))
    }
}

/// Returns an option's secret; `-` reads one line of standard input.
pub(crate) fn read(given: Option<String>) -> Result<Option<String>, Failure> {
    if given.as_deref() != Some("-") {
        return Ok(given);
    }
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|error| {
        Failure::failed(format!("the secret cannot be read from standard input: {error}"))
    })?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Quotes a text as one word of a POSIX shell.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_quoted_text_unchanged() {
        assert_eq!(quote("a:b c"), "'a:b c'");
        assert_eq!(quote("it's"), r"'it'\''s'");
    }
}
