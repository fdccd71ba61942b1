//! `epissure events`: what is sent to whom, what came of it, and what was received.

use clap::{Args, Subcommand, ValueEnum};
use epissure_app::deliveries::{self, DeliveryFilter, DeliveryState, Pair, Resend, targets};
use epissure_protocol::names::{EventId, OperatorCode, TicketId};
use epissure_protocol::secret::Secret;
use jiff::{SignedDuration, Timestamp};

use crate::failure::Failure;
use crate::options::Common;
use crate::store::{Missing, author, open_app};
use crate::{client, durations, output, table, target};

/// The events: what is sent to OCs, what came of it, and what was received from OIs
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// List the events that are or were to be sent, the newest first
    #[command(after_help = "Example:\n  epissure events list --state exhausted --json")]
    List {
        /// Those of an OI
        #[arg(long, value_name = "CODE", env = "EPISSURE_EVENTS_OI")]
        oi: Option<OperatorCode>,
        /// Those to an OC
        #[arg(long, value_name = "CODE", env = "EPISSURE_EVENTS_OC")]
        oc: Option<OperatorCode>,
        /// Those of a ticket
        #[arg(long, value_name = "ID", value_parser = parse_ticket, env = "EPISSURE_EVENTS_TICKET")]
        ticket: Option<TicketId>,
        /// Those that wait, have arrived, or were given up
        #[arg(long, value_enum, env = "EPISSURE_EVENTS_STATE")]
        state: Option<StateName>,
        #[command(flatten)]
        page: Page,
    },
    /// List the attempts to send one event, with what was answered
    #[command(after_help = "Example:\n  epissure events attempts 019430aa-6c2e-7d1c-9e0f-3a8f1c2b4d5e")]
    Attempts {
        /// The identifier of the event
        #[arg(value_name = "EVENT", value_parser = parse_event, env = "EPISSURE_EVENTS_ID")]
        event: EventId,
        /// As JSON, for programs
        #[arg(long, env = "EPISSURE_JSON")]
        json: bool,
    },
    /// Send an event again, or all those that were given up; the server does it at once
    #[command(
        after_help = "Example:\n  epissure events resend 019430aa-6c2e-7d1c-9e0f-3a8f1c2b4d5e\n  epissure events resend --exhausted --oi FTEL --oc SFRA"
    )]
    Resend {
        /// The identifier of the event
        #[arg(value_name = "EVENT", value_parser = parse_event, env = "EPISSURE_EVENTS_ID", required_unless_present = "exhausted", conflicts_with = "exhausted")]
        event: Option<EventId>,
        /// All those of --oi and --oc that were given up
        #[arg(long, requires = "oi", requires = "oc", env = "EPISSURE_EVENTS_EXHAUSTED")]
        exhausted: bool,
        /// The OI
        #[arg(long, value_name = "CODE", env = "EPISSURE_EVENTS_OI")]
        oi: Option<OperatorCode>,
        /// The OC
        #[arg(long, value_name = "CODE", env = "EPISSURE_EVENTS_OC")]
        oc: Option<OperatorCode>,
    },
    /// Send to an OC again what waits for it, at once
    #[command(after_help = "Example:\n  epissure events enable --oi FTEL --oc SFRA")]
    Enable(Whose),
    /// Send nothing to an OC any more; what is for it waits
    #[command(after_help = "Example:\n  epissure events disable --oi FTEL --oc SFRA")]
    Disable(Whose),
    /// Sign with another secret, shown once; the one before signs beside it for a while
    #[command(after_help = "Example:\n  epissure events rotate --oi FTEL --oc SFRA --overlap 7d")]
    Rotate {
        #[command(flatten)]
        whose: Whose,
        /// For how long the one before goes on
        #[arg(long, value_name = "DURATION", value_parser = durations::parse, default_value = "1d", env = "EPISSURE_EVENTS_OVERLAP")]
        overlap: i64,
        #[command(flatten)]
        shown: client::Shown,
    },
    /// On the OC's server: the secret with which an OI signs what it sends here
    #[command(after_help = "Example:\n  epissure events accept --oi FTEL --oc SFRA --secret -")]
    Accept {
        #[command(flatten)]
        whose: Whose,
        /// The secret, as the OI was shown it; `-` reads it from standard input
        #[arg(long, allow_hyphen_values = true, env = "EPISSURE_EVENTS_INBOUND_SECRET")]
        secret: String,
        /// For how long the one before is believed beside it
        #[arg(long, value_name = "DURATION", value_parser = durations::parse, default_value = "1d", env = "EPISSURE_EVENTS_OVERLAP")]
        overlap: i64,
    },
    /// On the OC's server: list what was received, the newest first
    #[command(after_help = "Example:\n  epissure events received --limit 5")]
    Received {
        #[command(flatten)]
        page: Page,
    },
}

/// An OI and an OC.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The OI, which sends
    #[arg(long, value_name = "CODE", env = "EPISSURE_EVENTS_OI")]
    oi: OperatorCode,
    /// The OC, which receives
    #[arg(long, value_name = "CODE", env = "EPISSURE_EVENTS_OC")]
    oc: OperatorCode,
}

impl From<Whose> for Pair {
    fn from(whose: Whose) -> Self {
        Self { oi: whose.oi, oc: whose.oc }
    }
}

/// How much is listed, and how.
#[derive(Debug, Args)]
pub(crate) struct Page {
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, env = "EPISSURE_EVENTS_LIMIT")]
    limit: u32,
    /// As JSON, for programs
    #[arg(long, env = "EPISSURE_JSON")]
    json: bool,
}

/// A state, as the command line has it.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StateName {
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

fn parse_event(text: &str) -> Result<EventId, String> {
    EventId::parse(text).ok_or_else(|| "the identifier of an event is a UUID".to_owned())
}

fn parse_ticket(text: &str) -> Result<TicketId, String> {
    TicketId::parse(text).ok_or_else(|| "the identifier of a ticket is a UUID".to_owned())
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    match verb {
        Verb::List { oi, oc, ticket, state, page } => {
            let filter = DeliveryFilter { oi, oc, ticket, state: state.map(Into::into), limit: page.limit };
            list(&deliveries::list(&app, filter).await?, page.json)
        }
        Verb::Attempts { event, json } => attempts(&deliveries::attempts(&app, event).await?, json),
        Verb::Resend { event, oi, oc, .. } => {
            let what = match (event, oi, oc) {
                (Some(event), ..) => Resend::Event(event),
                (None, Some(oi), Some(oc)) => Resend::Exhausted(Pair { oi, oc }),
                _ => return Err(Failure::usage("name an event, or --exhausted with --oi and --oc")),
            };
            let sent = deliveries::resend(&app, what, &author(&app)).await?;
            output::print(&format!(
                "{sent} to be sent again, at once if a server runs and the target is enabled."
            ))
        }
        Verb::Enable(whose) => {
            targets::enable(&app, &whose.into(), &author(&app)).await?;
            output::print("Enabled: what waits is sent, if a server runs.")
        }
        Verb::Disable(whose) => {
            targets::disable(&app, &whose.into(), &author(&app)).await?;
            output::print("Disabled: nothing is sent any more, and what comes waits.")
        }
        Verb::Rotate { whose, overlap, shown } => {
            let pair: Pair = whose.into();
            let secret =
                targets::rotate(&app, &pair, SignedDuration::from_secs(overlap), &author(&app)).await?;
            let sentence = format!(
                "Events are signed with this secret from now on, and with the one before for {}. Give it to {}: it is \
                 shown once.",
                durations::format(overlap),
                pair.oc
            );
            target::show_secret(&secret, &shown, &sentence)
        }
        Verb::Accept { whose, secret, overlap } => {
            let secret = Secret::new(client::read_secret(Some(secret))?.unwrap_or_default());
            deliveries::accept(
                &app,
                &whose.into(),
                &secret,
                SignedDuration::from_secs(overlap),
                &author(&app),
            )
            .await?;
            output::print("What this OI sends must be signed with this secret from now on.")
        }
        Verb::Received { page } => received(&deliveries::received(&app, page.limit).await?, page.json),
    }
}

fn list(deliveries: &[deliveries::Delivery], json: bool) -> Result<(), Failure> {
    if json {
        return output::print_json(&deliveries);
    }
    if deliveries.is_empty() {
        return output::print(
            "No such event. Events are sent where a contract says: epissure contract set --oi CODE --oc CODE --events URL",
        );
    }
    let rows = deliveries.iter().map(|delivery| {
        [
            delivery.event.to_string(),
            kind(&delivery.kind),
            delivery.ticket.to_string(),
            delivery.pair.oc.to_string(),
            moment(delivery.time),
            delivery.state.as_str().to_owned(),
            delivery.attempts.to_string(),
            delivery.due.map(moment).unwrap_or_default(),
        ]
    });
    output::print(&table::table(["EVENT", "TYPE", "TICKET", "OC", "TIME", "STATE", "ATTEMPTS", "DUE"], rows))
}

fn attempts(attempts: &[deliveries::Attempt], json: bool) -> Result<(), Failure> {
    if json {
        return output::print_json(&attempts);
    }
    if attempts.is_empty() {
        return output::print("It was not tried yet.");
    }
    let rows = attempts.iter().map(|attempt| {
        [
            attempt.number.to_string(),
            moment(attempt.at),
            format!("{} ms", attempt.elapsed_ms),
            attempt.status.map(|status| status.to_string()).unwrap_or_default(),
            attempt.error.clone().unwrap_or_default(),
            line(&attempt.body),
        ]
    });
    output::print(&table::table(["N", "AT", "TOOK", "STATUS", "ERROR", "ANSWER"], rows))
}

fn received(received: &[deliveries::Received], json: bool) -> Result<(), Failure> {
    if json {
        return output::print_json(&received);
    }
    if received.is_empty() {
        return output::print("Nothing was received yet.");
    }
    output::print(&received_table(received))
}

/// What was received, as a table.
pub(crate) fn received_table(received: &[deliveries::Received]) -> String {
    let rows = received.iter().map(|event| {
        [
            event.id.clone(),
            kind(&event.kind),
            event.subject.clone(),
            event.oi.to_string(),
            moment(event.at),
            if event.signed { "signed" } else { "unsigned" }.to_owned(),
        ]
    });
    table::table(["EVENT", "TYPE", "TICKET", "OI", "RECEIVED", "SIGNATURE"], rows)
}

/// A type without what all have before it.
fn kind(kind: &str) -> String {
    kind.strip_prefix("fr.interop.anomalieadresse.").unwrap_or(kind).to_owned()
}

fn moment(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// The beginning of a text, on one line, without what a terminal would obey.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(60).collect()
}
