//! `epissure events list`.

use clap::{Args, ValueEnum};
use epissure_app::deliveries::{self, Delivery, DeliveryFilter, DeliveryState};
use epissure_protocol::names::{OperatorCode, TicketId};

use super::{ListOptions, seconds, short_type};
use crate::cli::Common;
use crate::failure::Failure;
use crate::store::{Missing, open_app};
use crate::{output, table};

/// List the events for OCs, newest first
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure events list --state exhausted --json")]
pub(crate) struct Options {
    /// Only events of this OI
    #[arg(long, value_name = "CODE")]
    oi: Option<OperatorCode>,
    /// Only events for this OC
    #[arg(long, value_name = "CODE")]
    oc: Option<OperatorCode>,
    /// Only events of this ticket
    #[arg(long, value_name = "ID", value_parser = parse_ticket)]
    ticket: Option<TicketId>,
    /// Only events in this state: queued, delivered, or exhausted (no attempt is left)
    #[arg(long, value_enum)]
    state: Option<StateName>,
    #[command(flatten)]
    list: ListOptions,
}

/// A state, as the command line spells it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum StateName {
    Queued,
    Delivered,
    Exhausted,
}

impl From<StateName> for DeliveryState {
    fn from(name: StateName) -> Self {
        match name {
            StateName::Queued => Self::Queued,
            StateName::Delivered => Self::Delivered,
            StateName::Exhausted => Self::Exhausted,
        }
    }
}

fn parse_ticket(text: &str) -> Result<TicketId, String> {
    TicketId::parse(text).ok_or_else(|| "a ticket identifier is a UUID".to_owned())
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let Options { oi, oc, ticket, state, list } = options;
    let app = open_app(common, Missing::Refuse).await?;
    let filter = DeliveryFilter { oi, oc, ticket, state: state.map(Into::into), limit: list.limit };
    print(&deliveries::list(&app, filter).await?, list.json)
}

fn print(deliveries: &[Delivery], json: bool) -> Result<(), Failure> {
    if json {
        return output::print_json(&deliveries);
    }
    if deliveries.is_empty() {
        return output::print(
            "No event matches. A contract sets the target of events: epissure contract set --oi CODE --oc CODE --events URL",
        );
    }
    let rows = deliveries.iter().map(|delivery| {
        [
            delivery.event.to_string(),
            short_type(&delivery.kind),
            delivery.ticket.to_string(),
            delivery.pair.oc.to_string(),
            seconds(delivery.time),
            delivery.state.as_str().to_owned(),
            delivery.attempts.to_string(),
            delivery.due.map(seconds).unwrap_or_default(),
        ]
    });
    output::print(&table::table(["EVENT", "TYPE", "TICKET", "OC", "TIME", "STATE", "ATTEMPTS", "DUE"], rows))
}
