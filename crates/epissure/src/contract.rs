//! `epissure contract`: what an OI and an OC have agreed.

use clap::Subcommand;
use epissure_app::deliveries::{Pair, StoredTarget, TargetState, targets};
use epissure_app::directory::contracts;
use epissure_protocol::names::OperatorCode;
use epissure_store::Contract;
use serde::Serialize;

use crate::failure::Failure;
use crate::options::Common;
use crate::store::{Missing, author, open_app};
use crate::{durations, output, table, target};

/// The contracts: what an OI and an OC have agreed
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Add the contract of an OI and an OC, or replace it as a whole; where events go stays as it is unless said
    #[command(
        after_help = "Example:\n  epissure contract set --oi FTEL --oc SFRA --answer-delay 10d --bulk-limit 500\n  epissure contract set --oi FTEL --oc SFRA --events https://oc.example/api/v2/anomalie-adresse/event --events-auth oauth2 --events-token-url https://oc.example/oauth/v3/token --events-user oi --events-secret -"
    )]
    Set {
        /// The code of the infrastructure operator
        #[arg(long, value_name = "CODE", env = "EPISSURE_CONTRACT_OI")]
        oi: OperatorCode,
        /// The code of the commercial operator
        #[arg(long, value_name = "CODE", env = "EPISSURE_CONTRACT_OC")]
        oc: OperatorCode,
        /// How long the OC has to answer a PENDING ticket: 10d, 36h, 90m, 30s
        #[arg(long, value_name = "DELAY", value_parser = durations::parse, default_value = "10d", env = "EPISSURE_CONTRACT_ANSWER_DELAY")]
        answer_delay: i64,
        /// How long the OC has to accept or refuse a RESOLVED ticket
        #[arg(long, value_name = "DELAY", value_parser = durations::parse, default_value = "10d", env = "EPISSURE_CONTRACT_VALIDATION_DELAY")]
        validation_delay: i64,
        /// The most buildings in one ticket
        #[arg(long, value_name = "N", default_value_t = contracts::DEFAULT_BULK_LIMIT, env = "EPISSURE_CONTRACT_BULK_LIMIT")]
        bulk_limit: usize,
        /// Requests a second that each client of the OC may make [default: that of the server]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
        rate: Option<u32>,
        #[command(flatten)]
        events: Box<target::Events>,
    },
    /// List the contracts
    #[command(after_help = "Example:\n  epissure contract list --json")]
    List {
        /// As JSON, for programs; delays in seconds
        #[arg(long, env = "EPISSURE_JSON")]
        json: bool,
    },
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Set { oi, oc, answer_delay, validation_delay, bulk_limit, rate, events } => {
            let app = open_app(common, Missing::Create).await?;
            let contract = Contract { oi, oc, answer_delay, validation_delay, bulk_limit, rate };
            let sentence = format!(
                "Contract of {} and {} set: {} to answer, {} to accept or refuse, {} buildings a ticket{}.",
                contract.oi,
                contract.oc,
                durations::format(answer_delay),
                durations::format(validation_delay),
                bulk_limit,
                rate.map(|rate| format!(", {rate} requests a second")).unwrap_or_default()
            );
            let pair = Pair { oi: contract.oi.clone(), oc: contract.oc.clone() };
            contracts::put(&app, contract, &author(&app)).await?;
            let events = events.settle(&app, pair).await?;
            output::print(&[Some(sentence), events].into_iter().flatten().collect::<Vec<_>>().join("\n"))
        }
        Verb::List { json } => list(common, json).await,
    }
}

async fn list(common: &Common, json: bool) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    let contracts = contracts::list(&app).await?;
    let targets = targets::list(&app).await?;
    let target_of = |contract: &Contract| {
        targets.iter().find(|target| target.pair.oi == contract.oi && target.pair.oc == contract.oc)
    };
    if json {
        let with_events =
            contracts.iter().map(|contract| WithEvents { contract, events: target_of(contract) });
        return output::print_json(&with_events.collect::<Vec<_>>());
    }
    if contracts.is_empty() {
        return output::print(
            "No contract yet: no delay expires, and a ticket may have 1000 buildings. Add one: epissure contract set --oi CODE --oc CODE",
        );
    }
    let rows = contracts.into_iter().map(|contract| {
        let events = target_of(&contract).map_or("nowhere".to_owned(), where_to);
        [
            contract.oi.to_string(),
            contract.oc.to_string(),
            durations::format(contract.answer_delay),
            durations::format(contract.validation_delay),
            contract.bulk_limit.to_string(),
            contract.rate.map_or("default".to_owned(), |rate| format!("{rate}/s")),
            events,
        ]
    });
    output::print(&table::table(["OI", "OC", "ANSWER", "VALIDATION", "BULK LIMIT", "RATE", "EVENTS"], rows))
}

/// A contract, and where its events go.
#[derive(Serialize)]
struct WithEvents<'a> {
    #[serde(flatten)]
    contract: &'a Contract,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<&'a StoredTarget>,
}

/// Where events go, and how things stand there.
fn where_to(stored: &StoredTarget) -> String {
    let url = &stored.target.url;
    let reason = stored.standing.reason.as_deref().unwrap_or("not asked yet");
    match (stored.standing.state, stored.standing.failing_since) {
        (TargetState::Asked, _) => format!("{url} (consent awaited: {reason})"),
        (TargetState::Disabled, _) => format!("{url} (disabled: {reason})"),
        (TargetState::Active, Some(since)) => format!("{url} (failing since {since:.0})"),
        (TargetState::Active, None) => url.clone(),
    }
}
