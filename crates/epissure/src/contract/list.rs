//! `epissure contract list`.

use clap::Args;
use epissure_app::deliveries::{StoredTarget, TargetState, targets};
use epissure_app::directory::contracts;
use epissure_store::Contract;
use serde::Serialize;

use crate::cli::{Common, values};
use crate::failure::Failure;
use crate::store::{Missing, open_app};
use crate::{output, table};

/// List the contracts
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure contract list --json")]
pub(crate) struct Options {
    /// Print JSON; delays in seconds
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    let contracts = contracts::list(&app).await?;
    let targets = targets::list(&app).await?;
    let target_of = |contract: &Contract| {
        targets.iter().find(|target| target.pair.oi == contract.oi && target.pair.oc == contract.oc)
    };
    if options.json {
        let with_events =
            contracts.iter().map(|contract| ListedContract { contract, events: target_of(contract) });
        return output::print_json(&with_events.collect::<Vec<_>>());
    }
    if contracts.is_empty() {
        return output::print(
            "No contract: no delay expires, and a ticket has at most 1000 buildings. Add one: epissure contract set --oi CODE --oc CODE",
        );
    }
    let rows = contracts.into_iter().map(|contract| {
        let events = target_of(&contract).map_or("none".to_owned(), target_text);
        [
            contract.oi.to_string(),
            contract.oc.to_string(),
            values::format_duration(contract.answer_delay),
            values::format_duration(contract.validation_delay),
            contract.bulk_limit.to_string(),
            contract.rate.map_or("default".to_owned(), |rate| format!("{rate}/s")),
            events,
        ]
    });
    output::print(&table::table(["OI", "OC", "ANSWER", "VALIDATION", "BULK LIMIT", "RATE", "EVENTS"], rows))
}

/// A contract and the target of its events.
#[derive(Serialize)]
struct ListedContract<'a> {
    #[serde(flatten)]
    contract: &'a Contract,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<&'a StoredTarget>,
}

/// Describes the target of events and its state.
fn target_text(stored: &StoredTarget) -> String {
    let url = &stored.target.url;
    let reason = stored.standing.reason.as_deref().unwrap_or("not requested yet");
    match (stored.standing.state, stored.standing.failing_since) {
        (TargetState::ConsentRequested, _) => format!("{url} (consent awaited: {reason})"),
        (TargetState::Disabled, _) => format!("{url} (disabled: {reason})"),
        (TargetState::Active, Some(since)) => format!("{url} (failing since {since:.0})"),
        (TargetState::Active, None) => url.clone(),
    }
}
