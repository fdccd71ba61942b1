//! The log: lines on standard error, for people or for programs.

use std::io::{self, IsTerminal as _};
use std::panic;

use tracing_subscriber::EnvFilter;

use crate::failure::Failure;
use crate::options::{Common, LogFormat};

/// Starts the log. What serves tells more than what does one thing and ends.
pub(crate) fn start(common: &Common, serves: bool) -> Result<(), Failure> {
    let level = match &common.log {
        Some(given) => given.as_str(),
        // The library of migrations tells at each start that there is nothing to do.
        None if serves => "info,refinery_core=warn",
        None => "warn",
    };
    let filter = EnvFilter::try_new(level).map_err(|error| {
        Failure::usage(format!("`{level}` is not a log level: {error}")).then(
            "A level is error, warn, info, debug or trace; or one by module: info,epissure_server=debug.",
        )
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    match common.log_format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    // A panic is a fault of ours: one line in the log, in its format, instead of a text of its own.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, message, "a fault of the program itself");
    }));
    Ok(())
}
