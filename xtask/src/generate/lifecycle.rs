//! The page of the life cycle.

use anyhow::Result;
use epissure_protocol::codes::{Actor, Status};
use epissure_protocol::lifecycle::{Effect, Guard, RULES, Required, Rule, diagram};

use super::File;

pub(super) fn files() -> Result<Vec<File>> {
    Ok(vec![File { path: "docs/lifecycle.md".to_owned(), content: page() }])
}

fn page() -> String {
    let rows: Vec<String> = RULES.iter().map(row).collect();
    format!(
        "<!-- Written by `cargo xtask generate` from crates/epissure-protocol/src/lifecycle.rs: edit that. -->\n\n\
         # The life of a ticket\n\n\
         Every move that is permitted is a row of the table below; what is not in it is refused with 403. A row's \
         reason is sent as `statusChangeReason`; what must come with the move is missing with 400. CLOSED, REJECTED \
         and CANCELED are final. The OC is the commercial operator that opened the ticket, the OI the infrastructure \
         operator that treats it, the SYSTEM this server, acting for the OI when a contractual delay expires.\n\n\
         Sources: the Orange page \"Anomalie Adresse - OC RIP 1.0\" (\"Lifecycle of Tickets\", \"Ticket States\") and \
         the state diagram of the Interop'Fibre contract AnomalieAdresse 2.0.0.\n\n\
         ```mermaid\n{}```\n\n\
         | From | To | By | Reason | Must come with it | On condition that | Effect |\n\
         |---|---|---|---|---|---|---|\n{}\n",
        diagram(),
        rows.join("\n")
    )
}

fn row(rule: &Rule) -> String {
    let actors: Vec<&str> = rule.actors.iter().copied().map(Actor::as_str).collect();
    let reason = match rule.reason {
        None => "none".to_owned(),
        Some(reason) if rule.reason_implied => format!("{reason}, also when none is given"),
        Some(reason) => reason.to_string(),
    };
    let required: Vec<&str> = rule.required.iter().copied().map(required).collect();
    format!(
        "| {} | {} | {} | {reason} | {} | {} | {} |",
        rule.from.map_or("(opening)", Status::as_str),
        rule.to,
        actors.join(" or "),
        required.join(", "),
        guard(rule.guard),
        effect(rule.effect)
    )
}

fn required(required: Required) -> &'static str {
    match required {
        Required::Details => "`statusChangeDetails`",
        Required::ExpectedResolutionDate => "`expectedResolutionDate` (kept when qualified again)",
        Required::NewExpectedResolutionDate => "`expectedResolutionDate` (given anew)",
        Required::Complexity => {
            "`complexity` (MASSE by default from two buildings on; kept when qualified again)"
        }
        Required::Zone => "`zone` (kept when qualified again)",
        Required::BuildingId => "`building.id` (of a creation)",
    }
}

fn guard(guard: Guard) -> &'static str {
    match guard {
        Guard::Always => "",
        Guard::NeverQualified => "the ticket has never been IN_PROGRESS",
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::None => "",
        Effect::Qualify => "sets `complexity`, `zone` and `expectedResolutionDate`",
        Effect::Resolve => "sets `resolutionDate`, and `building.id` when given",
        Effect::Reopen => "clears `resolutionDate`",
    }
}
