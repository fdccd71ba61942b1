//! The log: lines on standard error, as text or as JSON.

mod repeated;

use std::io::{self, IsTerminal as _};
use std::panic;
use std::time::Duration;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

use crate::cli::{Common, LogFormat};
use crate::failure::Failure;
use repeated::Repeated;

/// The running log. Dropping it writes the queued lines.
pub(crate) struct Log(#[expect(dead_code, reason = "held to be dropped")] Option<WorkerGuard>);

/// Maximum number of queued lines.
const MAX_LINES: usize = 10_000;
/// Interval between reports of suppressed warnings and errors.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// Starts the log. A server has a more verbose default than other verbs.
pub(crate) fn start(common: &Common, serves: bool) -> Result<Log, Failure> {
    let level = match &common.log {
        Some(given) => given.as_str(),
        // The migration library logs at each start that there is nothing to do.
        None if serves => "info,refinery_core=warn",
        None => "warn",
    };
    let filter = EnvFilter::try_new(level).map_err(|error| {
        Failure::usage(format!("`{level}` is not a log level: {error}")).then(
            "A level is error, warn, info, debug or trace; or one by module: info,epissure_server=debug.",
        )
    })?;
    // A server must not block on a slow log reader: lines beyond the queue are dropped.
    let (writer, guard) = if serves {
        let (writer, guard) =
            NonBlockingBuilder::default().buffered_lines_limit(MAX_LINES).finish(io::stderr());
        (BoxMakeWriter::new(writer), Some(guard))
    } else {
        (BoxMakeWriter::new(io::stderr), None)
    };
    let lines = fmt::layer().with_writer(writer).with_ansi(io::stderr().is_terminal());
    let lines = match common.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let repeated = Repeated::default();
    if serves {
        repeated.report_every(REPORT_EVERY);
    }
    registry().with(lines.with_filter(filter.and(repeated))).init();
    // A panic is a fault of this program: one line in the log, in its format, instead of Rust's own
    // message.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, message, "the program panicked");
    }));
    Ok(Log(guard))
}
