//! The configuration file.
//!
//! A value of the file becomes the default of the option with the same name. The command line and
//! the environment therefore take precedence, and all three are validated by the same rules.

use std::fs;
use std::path::Path;

use clap::{Arg, ArgAction, Command};
use toml::Value;

use crate::failure::Failure;

/// Verb whose options the file sets, in addition to the common ones.
const VERB: &str = "serve";

/// Returns the command with the file's values as defaults.
pub(super) fn apply(command: Command, file: &Path) -> Result<Command, Failure> {
    let shown = file.display();
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("the configuration file {shown} cannot be read: {error}"))
            .then("Correct --config, or omit it: every option has a default.")
    })?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        Failure::usage(format!("{shown} is not TOML: {}", error.to_string().trim()))
    })?;
    let common = settings(&command);
    let of_verb = command.find_subcommand(VERB).map(settings).unwrap_or_default();
    table.into_iter().try_fold(command, |command, (key, value)| {
        let value = match value {
            Value::String(text) => vec![text],
            Value::Integer(number) => vec![number.to_string()],
            Value::Array(values) if values.iter().all(Value::is_str) => {
                values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => {
                return Err(Failure::usage(format!(
                    "{shown}: `{key}` must be a string, a whole number or an array of strings"
                )));
            }
        };
        if let Some(id) = common.id(&key) {
            return Ok(command.mut_arg(id, |option| option.default_values(value)));
        }
        let Some(id) = of_verb.id(&key) else {
            let known = [common.names(), of_verb.names()].concat();
            return Err(Failure::usage(format!("{shown}: `{key}` is not a setting"))
                .then(&format!("The settings are {}.", known.join(", "))));
        };
        Ok(command.mut_subcommand(VERB, |verb| verb.mut_arg(id, |option| option.default_values(value))))
    })
}

/// The options of a command that a file can set: long name and clap identifier.
#[derive(Default)]
struct Settings(Vec<(String, String)>);

impl Settings {
    fn id(&self, key: &str) -> Option<String> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, id)| id.clone())
    }

    fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// Lists the options with a value; `--config` itself cannot be set by the file.
fn settings(command: &Command) -> Settings {
    let takes_value = |option: &&Arg| matches!(option.get_action(), ArgAction::Set | ArgAction::Append);
    let options = command.get_arguments().filter(takes_value);
    let named =
        options.filter_map(|option| Some((option.get_long()?.to_owned(), option.get_id().to_string())));
    Settings(named.filter(|(name, _)| name != "config").collect())
}
