//! `epissure contract set`.

use clap::Args;
use epissure_app::deliveries::Pair;
use epissure_app::directory::contracts;
use epissure_protocol::names::OperatorCode;
use epissure_store::Contract;

use super::events::EventOptions;
use crate::cli::{Common, values};
use crate::failure::Failure;
use crate::output;
use crate::store::{Missing, author, open_app};

/// Add the contract of an OI and an OC, or replace it
///
/// The target of events stays unchanged unless an --events option or --no-events is given.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  epissure contract set --oi FTEL --oc SFRA --answer-delay 10d --bulk-limit 500\n  epissure contract set --oi FTEL --oc SFRA --events https://oc.example/api/v2/anomalie-adresse/event --events-auth oauth2 --events-token-url https://oc.example/oauth/v3/token --events-user oi --events-secret -"
)]
pub(crate) struct Options {
    /// Code of the infrastructure operator
    #[arg(long, value_name = "CODE")]
    oi: OperatorCode,
    /// Code of the commercial operator
    #[arg(long, value_name = "CODE")]
    oc: OperatorCode,
    /// Delay for the OC to answer a PENDING ticket, for example 10d, 36h, 90m
    #[arg(long, value_name = "DELAY", value_parser = values::parse_duration, default_value = "10d")]
    answer_delay: i64,
    /// Delay for the OC to accept or refuse a RESOLVED ticket
    #[arg(long, value_name = "DELAY", value_parser = values::parse_duration, default_value = "10d")]
    validation_delay: i64,
    /// Maximum number of buildings in a ticket
    #[arg(long, value_name = "N", default_value_t = contracts::DEFAULT_BULK_LIMIT)]
    bulk_limit: usize,
    /// Requests per second of each client of the OC [default: --client-rate of the server]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Option<u32>,
    #[command(flatten)]
    events: Box<EventOptions>,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let Options { oi, oc, answer_delay, validation_delay, bulk_limit, rate, events } = options;
    let app = open_app(common, Missing::Create).await?;
    let pair = Pair { oi: oi.clone(), oc: oc.clone() };
    let sentence = format!(
        "Contract of {oi} and {oc} set: {} to answer, {} to accept or refuse, {bulk_limit} buildings a ticket{}.",
        values::format_duration(answer_delay),
        values::format_duration(validation_delay),
        rate.map(|rate| format!(", {rate} requests a second")).unwrap_or_default()
    );
    let contract = Contract { oi, oc, answer_delay, validation_delay, bulk_limit, rate };
    contracts::put(&app, contract, &author(&app)).await?;
    let events = events.apply(&app, pair).await?;
    output::print(&[Some(sentence), events].into_iter().flatten().collect::<Vec<_>>().join("\n"))
}
