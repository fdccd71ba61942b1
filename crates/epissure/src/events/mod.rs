//! `epissure events`: events sent to OCs, their attempts, and events received from OIs.

mod accept;
mod attempts;
mod disable;
mod enable;
mod list;
mod received;
mod resend;
mod rotate;

use clap::{Args, Subcommand};
use epissure_app::deliveries::Pair;
use epissure_protocol::names::{EventId, OperatorCode};
use epissure_protocol::protocol::ANOMALIE_ADRESSE;
use jiff::Timestamp;

use crate::cli::Common;
use crate::failure::Failure;

pub(crate) use received::received_table;

/// Follow and repair the delivery of events
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Options),
    Attempts(attempts::Options),
    Resend(resend::Options),
    Enable(enable::Options),
    Disable(disable::Options),
    Rotate(rotate::Options),
    Accept(accept::Options),
    Received(received::Options),
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(options) => list::run(common, options).await,
        Verb::Attempts(options) => attempts::run(common, &options).await,
        Verb::Resend(options) => resend::run(common, options).await,
        Verb::Enable(options) => enable::run(common, options).await,
        Verb::Disable(options) => disable::run(common, options).await,
        Verb::Rotate(options) => rotate::run(common, options).await,
        Verb::Accept(options) => accept::run(common, options).await,
        Verb::Received(options) => received::run(common, &options).await,
    }
}

/// The sender and the receiver of events.
#[derive(Debug, Args)]
struct PairOptions {
    /// Code of the OI, which sends
    #[arg(long, value_name = "CODE")]
    oi: OperatorCode,
    /// Code of the OC, which receives
    #[arg(long, value_name = "CODE")]
    oc: OperatorCode,
}

impl From<PairOptions> for Pair {
    fn from(options: PairOptions) -> Self {
        Self { oi: options.oi, oc: options.oc }
    }
}

/// The length and the form of a list.
#[derive(Debug, Args)]
struct ListOptions {
    /// Maximum number of rows
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn parse_event(text: &str) -> Result<EventId, String> {
    EventId::parse(text).ok_or_else(|| "an event identifier is a UUID".to_owned())
}

/// Returns an event type without its common prefix.
fn short_type(kind: &str) -> String {
    let own = kind.strip_prefix(ANOMALIE_ADRESSE.event_prefix).and_then(|rest| rest.strip_prefix('.'));
    own.unwrap_or(kind).to_owned()
}

/// Formats an instant to the second.
fn seconds(at: Timestamp) -> String {
    format!("{at:.0}")
}
