//! The command line, and the options of every verb.

mod config;
pub(crate) mod reference;
pub(crate) mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::Styles;
use clap::parser::ValueSource;
use clap::{Args, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::failure::Failure;
use crate::{
    attachment, audit, client, completions, contract, database, demo, events, man, operator, party, serve,
    ticket,
};

/// Open implementation of the French inter-operator address-anomaly protocol
///
/// An infrastructure operator (OI) runs the server; commercial operators (OC) open tickets on it
/// when an address or a building of the OI's file (IPE) is wrong or missing.
#[derive(Debug, Parser)]
#[command(
    name = "epissure",
    version,
    styles = Styles::plain(),
    after_help = "Start with:\n  epissure demo\n\nDocumentation: docs/guide/five-minutes.md, docs/guide/administrator.md"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// The options of every verb.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Common {
    /// The options that the command line itself gives; first, because clap moves the values of the
    /// others out.
    #[command(flatten)]
    pub(crate) given: Given,

    /// Data folder; created if missing, for its owner only
    #[arg(long, global = true, value_name = "DIR", env = "EPISSURE_DATA", default_value = "./epissure-data")]
    pub(crate) data: PathBuf,

    /// Database, as sqlite:PATH or postgres://USER@HOST/NAME [default: SQLite in the folder of
    /// --data]
    #[arg(long, global = true, value_name = "URL", env = "EPISSURE_DATABASE")]
    pub(crate) database: Option<String>,

    /// Storage of attached files: a folder, or s3://BUCKET/PREFIX [default: attachments in the
    /// folder of --data]
    #[arg(long, global = true, value_name = "PLACE", env = "EPISSURE_ATTACHMENTS")]
    pub(crate) attachments: Option<String>,

    /// Configuration file (TOML): the long options of `serve` without their dashes
    #[arg(long, global = true, value_name = "FILE", env = "EPISSURE_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// Log level: error, warn, info, debug, trace, or by module as info,epissure_server=debug
    /// [default: info for serve, warn for the others]
    #[arg(long, global = true, value_name = "LEVEL", env = "EPISSURE_LOG")]
    pub(crate) log: Option<String>,

    /// Log format, on standard error
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        env = "EPISSURE_LOG_FORMAT",
        value_enum,
        default_value = "text"
    )]
    pub(crate) log_format: LogFormat,
}

/// The options that the command line itself gives, for verbs that treat a default differently.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// `--data`
    pub(crate) data: bool,
    /// `--database`
    pub(crate) database: bool,
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

impl clap::FromArgMatches for Given {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        let given = |option| matches.value_source(option) == Some(ValueSource::CommandLine);
        Ok(Self { data: given("data"), database: given("database") })
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The log format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Demo(demo::Options),
    Serve(serve::Options),
    #[command(subcommand)]
    Operator(operator::Verb),
    #[command(subcommand)]
    Client(client::Verb),
    #[command(subcommand)]
    Contract(contract::Verb),
    #[command(subcommand)]
    Party(party::Verb),
    #[command(subcommand)]
    Events(events::Verb),
    #[command(subcommand)]
    Ticket(ticket::Verb),
    #[command(subcommand)]
    Attachment(attachment::Verb),
    #[command(subcommand)]
    Audit(audit::Verb),
    #[command(subcommand)]
    Database(database::Verb),
    Completions(completions::Options),
    Man(man::Options),
    /// Print the reference of the command line, in Markdown
    #[command(hide = true)]
    GenerateCliReference,
}

/// Returns the command line. Its help never shows values of the environment, which may be secrets.
pub(crate) fn command() -> Command {
    hide_env_values(Cli::command()).max_term_width(100)
}

fn hide_env_values(command: Command) -> Command {
    command.mut_args(|option| option.hide_env_values(true)).mut_subcommands(hide_env_values)
}

/// Parses the command line, the environment and the configuration file, in this order of
/// precedence.
pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, Failure> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = Cli::from_arg_matches(&command().try_get_matches_from(&arguments)?)?;
    let Some(file) = &cli.common.config else { return Ok(cli) };
    let with_file = config::apply(command(), file)?;
    // The command line was valid without the file, so the fault is in the file.
    let in_file = |error: clap::Error| {
        let message = error.to_string();
        let message = message.trim_start_matches("error: ").lines().next().unwrap_or_default();
        Failure::usage(format!("{}: {message}", file.display()))
    };
    let matches = with_file.try_get_matches_from(&arguments).map_err(in_file)?;
    Ok(Cli::from_arg_matches(&matches)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    /// Calls a check with the name and the command of each verb.
    fn each_verb(name: &str, command: &Command, check: &mut dyn FnMut(&str, &Command)) {
        check(name, command);
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            each_verb(&format!("{name} {}", verb.get_name()), verb, check);
        }
    }

    #[test]
    fn every_verb_has_a_description_and_an_example() {
        each_verb("epissure", &command(), &mut |name, command| {
            assert!(command.get_about().is_some(), "{name} has no description");
            let is_noun = command.has_subcommands();
            assert!(is_noun || command.get_after_help().is_some(), "{name} has no example");
        });
    }

    #[test]
    fn only_serve_the_common_options_and_secrets_read_the_environment() {
        let common: Vec<String> =
            command().get_arguments().map(|option| option.get_id().to_string()).collect();
        each_verb("epissure", &command(), &mut |name, command| {
            if matches!(name, "epissure" | "epissure serve") {
                return;
            }
            for option in command.get_arguments().filter(|option| option.get_env().is_some()) {
                let id = option.get_id().to_string();
                assert!(
                    common.contains(&id) || id.ends_with("secret"),
                    "{name} reads {id} from the environment"
                );
            }
        });
    }
}
