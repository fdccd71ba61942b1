//! Contractual delays: moves by the system, for the OI, when the OC has not answered in time.
//!
//! Delays apply only to pairs of operators with a contract.

use epissure_protocol::codes::{Actor, ContractDelay, Status};
use epissure_protocol::draft::Terms;
use epissure_protocol::event::EventKind;
use epissure_protocol::json::Object;
use epissure_protocol::lifecycle::{self, Rule};
use epissure_protocol::names::{EventId, OperatorCode, TicketId, Version};
use epissure_protocol::problem::Problem;
use epissure_protocol::ticket::Ticket;
use epissure_protocol::update::{self, Method, Request};
use epissure_store::{Author, Contract, NewEvent, TicketChange, Viewer, Written};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::App;
use crate::failure::{failed, unreadable};

/// A delay of a contract: the row of the life cycle that the system applies when it expires.
struct Delay {
    /// Status in which the delay runs.
    from: Status,
    /// Length.
    length: SignedDuration,
    /// Row of the life cycle.
    rule: &'static Rule,
}

/// Returns the delays of a contract (Interop contract, life cycle).
fn delays(contract: &Contract) -> impl Iterator<Item = Delay> {
    lifecycle::expiries().filter_map(|rule| {
        let from = rule.from?;
        let seconds = match from.clock()? {
            ContractDelay::Answer => contract.answer_delay,
            ContractDelay::Validation => contract.validation_delay,
        };
        Some(Delay { from, length: SignedDuration::from_secs(seconds), rule })
    })
}

/// Batch size, per delay of a contract.
const BATCH: u32 = 500;

/// Ticket that waits for its OC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// Identifier of the ticket.
    pub id: TicketId,
    /// OI of the ticket.
    pub oi: OperatorCode,
    /// OC of the ticket.
    pub oc: OperatorCode,
    /// Current status.
    pub status: Status,
    /// Expiry of the delay.
    pub expires: Timestamp,
    /// Status after expiry.
    pub becomes: Status,
}

/// Returns the tickets whose delay has expired or expires within a duration, soonest first. At most
/// 500 tickets are returned per delay of a contract.
///
/// # Errors
/// Fails when the store fails.
pub async fn due(app: &App, within: SignedDuration) -> Result<Vec<Due>, Problem> {
    let until = app.clock.now() + within;
    let mut found = Vec::new();
    for contract in app.store.contracts().await.map_err(failed)? {
        for delay in delays(&contract) {
            found.extend(waiting(app, &contract, &delay, until).await?);
        }
    }
    found.sort_by_key(|due| due.expires);
    Ok(found)
}

async fn waiting(
    app: &App,
    contract: &Contract,
    delay: &Delay,
    until: Timestamp,
) -> Result<Vec<Due>, Problem> {
    let length = delay.length;
    let waiting = app.store.waiting(&contract.oi, &contract.oc, delay.from, until - length, BATCH).await;
    let due = waiting.map_err(failed)?.into_iter().map(|(id, since)| Due {
        id,
        oi: contract.oi.clone(),
        oc: contract.oc.clone(),
        status: delay.from,
        expires: since + length,
        becomes: delay.rule.to,
    });
    Ok(due.collect())
}

/// Moves each ticket whose delay has expired, and returns their number. Concurrent calls move each
/// ticket once.
///
/// # Errors
/// Fails when the store fails. Completed moves remain; the other tickets are due again.
pub async fn expire(app: &App) -> Result<u64, Problem> {
    let mut moved = 0;
    for contract in app.store.contracts().await.map_err(failed)? {
        for delay in delays(&contract) {
            loop {
                let due = waiting(app, &contract, &delay, app.clock.now()).await?;
                let mut here = 0;
                for due in &due {
                    here += u64::from(act(app, &contract, due, &delay).await?);
                }
                moved += here;
                // Stops when no ticket of the batch could be moved.
                if here == 0 || due.len() < BATCH as usize {
                    break;
                }
            }
        }
    }
    Ok(moved)
}

/// Moves a ticket, unless it has changed in the meantime.
async fn act(app: &App, contract: &Contract, due: &Due, delay: &Delay) -> Result<bool, Problem> {
    let viewer = Viewer::Oi(due.oi.clone());
    let Some(stored) = app.store.ticket(due.id, &viewer).await.map_err(failed)? else { return Ok(false) };
    let ticket = Ticket::read(&stored.document).map_err(|error| unreadable("ticket", &error))?;
    // The ticket may have left and re-entered the status since the search: its delay then starts
    // again.
    let waits_since = due.expires - delay.length;
    let entered = ticket.steps().last().map(|(_, at)| *at);
    if ticket.status != delay.from || entered != Some(waits_since) {
        return Ok(false);
    }
    let now = app.clock.now().max(ticket.last_update_date);
    let mut body = Object::new();
    body.insert("status".to_owned(), delay.rule.to.as_str().into());
    if let Some(reason) = delay.rule.reason {
        body.insert("statusChangeReason".to_owned(), reason.as_str().into());
    }
    let updated = update::apply(
        &ticket,
        &Request {
            actor: Actor::System,
            author: &due.oi,
            method: Method::Patch,
            body: &body,
            now,
            version: Version(app.entropy.uuid(now)),
            terms: &Terms::default(),
        },
    )?;
    let event =
        NewEvent { id: EventId(app.entropy.uuid(now)), kind: EventKind::Update, at: now, by: Actor::System };
    let change =
        TicketChange { ticket: updated.ticket, expected: ticket.version, findings: updated.findings, event };
    let written =
        app.store.change(change, &Author::system(app.clock.now())).await.map_err(failed)? == Written::Done;
    if written {
        app.announcements.announce(&[&contract.oi, &contract.oc]);
        tracing::info!(ticket = %due.id, from = %delay.from, to = %delay.rule.to, "a delay has expired");
    }
    Ok(written)
}
