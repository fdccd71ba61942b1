//! The configuration file.
//!
//! A value of the file becomes the default of the option of the same name, so that the command line and the
//! environment, which `clap` reads, come before it, and the file is read by the same rules as they are.

use std::fs;
use std::path::Path;

use clap::Command;
use toml::Value;

use crate::failure::Failure;

/// What the file may set, and the verb that has the option; none for the options of every verb.
const KEYS: &[(&str, Option<&str>)] = &[
    ("data", None),
    ("database", None),
    ("attachments", None),
    ("log", None),
    ("log-format", None),
    ("listen", Some("serve")),
    ("base-url", Some("serve")),
    ("token-lifetime", Some("serve")),
    ("token-quota", Some("serve")),
    ("audit-key", Some("serve")),
    ("keep-events", Some("serve")),
    ("body-limit", Some("serve")),
    ("attachment-limit", Some("serve")),
    ("clamd", Some("serve")),
    ("attachment-ticket-limit", Some("serve")),
    ("attachment-daily-limit", Some("serve")),
    ("free-disk", Some("serve")),
    ("client-rate", Some("serve")),
    ("streams-per-client", Some("serve")),
    ("streams", Some("serve")),
    ("connections", Some("serve")),
    ("connections-per-address", Some("serve")),
    ("trusted-proxy", Some("serve")),
    ("memory-budget", Some("serve")),
    ("ticket-extensions", Some("serve")),
    ("note-extensions", Some("serve")),
];

/// The command with the defaults that a file gives.
pub(crate) fn apply(command: Command, file: &Path) -> Result<Command, Failure> {
    let shown = file.display();
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("the configuration file {shown} cannot be read: {error}"))
            .then("Correct --config, or leave it out: everything has a default.")
    })?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        Failure::usage(format!("{shown} is not TOML: {}", error.to_string().trim()))
    })?;
    table.into_iter().try_fold(command, |command, (key, value)| {
        let Some((_, verb)) = KEYS.iter().find(|(known, _)| *known == key) else {
            let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
            return Err(Failure::usage(format!("{shown}: `{key}` is not a setting"))
                .then(&format!("The settings are {}.", known.join(", "))));
        };
        let value = match value {
            Value::String(text) => text,
            Value::Integer(number) => number.to_string(),
            _ => return Err(Failure::usage(format!("{shown}: `{key}` must be a text or a whole number"))),
        };
        Ok(match verb {
            None => command.mut_arg(id(&key), |option| option.default_value(value)),
            Some(verb) => command.mut_subcommand(verb, |command| {
                command.mut_arg(id(&key), |option| option.default_value(value))
            }),
        })
    })
}

/// How `clap` calls the option of a key.
fn id(key: &str) -> String {
    key.replace('-', "_")
}
