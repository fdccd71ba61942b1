//! `epissure events resend`.

use clap::Args;
use epissure_app::deliveries::{self, Pair, Resend};
use epissure_protocol::names::{EventId, OperatorCode};

use super::parse_event;
use crate::cli::Common;
use crate::failure::Failure;
use crate::output;
use crate::store::{Missing, author, open_app};

/// Deliver an event again, or every exhausted event of an OI and an OC
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  epissure events resend 019430aa-6c2e-7d1c-9e0f-3a8f1c2b4d5e\n  epissure events resend --exhausted --oi FTEL --oc SFRA"
)]
pub(crate) struct Options {
    /// Event identifier
    #[arg(value_name = "EVENT", value_parser = parse_event, required_unless_present = "exhausted", conflicts_with = "exhausted")]
    event: Option<EventId>,
    /// Every exhausted event from --oi to --oc
    #[arg(long, requires = "oi", requires = "oc")]
    exhausted: bool,
    /// Code of the OI
    #[arg(long, value_name = "CODE")]
    oi: Option<OperatorCode>,
    /// Code of the OC
    #[arg(long, value_name = "CODE")]
    oc: Option<OperatorCode>,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let wanted = match (options.event, options.oi, options.oc) {
        (Some(event), ..) => Resend::Event(event),
        (None, Some(oi), Some(oc)) => Resend::Exhausted(Pair { oi, oc }),
        _ => return Err(Failure::usage("name an event, or --exhausted with --oi and --oc")),
    };
    let app = open_app(common, Missing::Refuse).await?;
    let queued = deliveries::resend(&app, wanted, &author(&app)).await?;
    let events = if queued == 1 { "event" } else { "events" };
    output::print(&format!(
        "{queued} {events} queued again. A running server sends to enabled targets at once."
    ))
}
