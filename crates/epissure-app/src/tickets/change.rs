//! Changes a ticket: edits and moves of its life cycle.

use epissure_protocol::dialect::Dialect;
use epissure_protocol::draft::Terms;
use epissure_protocol::event::EventKind;
use epissure_protocol::json::Object;
use epissure_protocol::names::{EventId, TicketId, Version};
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::ResourceRefusal;
use epissure_protocol::ticket::Ticket;
use epissure_protocol::update::{self, Method, Request};
use epissure_store::{NewEvent, Role, StoredTicket, TicketChange, Written};

use super::{Shown, agreement};
use crate::failure::{failed, unreadable};
use crate::memory::{self, Reservation};
use crate::{App, Caller, Origin, Precondition};

/// A request to change a ticket.
pub struct ChangeTicket<'a> {
    /// Authenticated client.
    pub caller: &'a Caller,
    /// Address and request identifier, for the audit.
    pub origin: &'a Origin,
    /// Dialect of the body.
    pub dialect: Dialect,
    /// Ticket to change.
    pub id: TicketId,
    /// Versions that may be changed (`If-Match`).
    pub precondition: &'a Precondition,
    /// Method of the request, which decides how the body is applied.
    pub method: Method,
    /// Body of the request.
    pub body: &'a Object,
    /// True to reject members that the contract does not name.
    pub strict: bool,
}

/// Maximum number of attempts when concurrent changes come first and any version is accepted.
const TRIES: usize = 8;
/// Memory reserved for a change, as a multiple of the ticket's stored length.
const HELD_TIMES: usize = 8;

/// Changes a ticket. A request that changes nothing succeeds, and stores nothing: no version, no
/// event, no audit row.
///
/// # Errors
/// Returns 404 when the caller may see no such ticket, 412 when the version differs. Otherwise
/// fails as [`update::apply`] does.
pub async fn change(app: &App, request: &ChangeTicket<'_>) -> Result<Shown, Problem> {
    for _ in 0..TRIES {
        if let Some(shown) = attempt(app, request).await? {
            return Ok(shown);
        }
        if *request.precondition != Precondition::Any {
            return Err(stale());
        }
    }
    // The caller named no version, so it has nothing to read again: it only has to retry.
    Err(Problem::standard(Code::Unavailable).retry_after(1))
}

/// Makes one attempt; returns `None` when a concurrent change came between the read and the write.
async fn attempt(app: &App, request: &ChangeTicket<'_>) -> Result<Option<Shown>, Problem> {
    let caller = request.caller;
    // The old ticket, the new one and the rows to write stay in memory until the commit.
    let (stored, _reservation) = read(app, request).await?;
    let ticket = Ticket::read(&stored.document).map_err(|error| unreadable("ticket", &error))?;
    if !request.precondition.admits(ticket.version) {
        return Err(stale());
    }
    let agreed = agreement::terms(app, &ticket.code_oi, &ticket.code_oc).await?;
    let terms = request.dialect.terms(Terms {
        extensions: app.ticket_extensions(request.strict),
        ..agreed.map_or_else(Terms::default, |terms| *terms)
    });
    let now = app.clock.now().max(ticket.last_update_date);
    let updated = update::apply(
        &ticket,
        &Request {
            actor: caller.actor(),
            author: &caller.operator,
            method: request.method,
            body: request.body,
            now,
            version: Version(app.entropy.uuid(now)),
            terms: &terms,
        },
    )?;
    if !updated.changed {
        return Ok(Some(Shown::new(stored, caller.role == Role::Oi, now)));
    }
    let document = serde_json::to_string(&updated.ticket).map_err(|error| unreadable("ticket", &error))?;
    let findings = match &updated.findings {
        Some(findings) if findings.is_empty() => None,
        Some(findings) => {
            Some(serde_json::to_string(findings).map_err(|error| unreadable("findings", &error))?)
        }
        None => stored.findings,
    };
    let event =
        NewEvent { id: EventId(app.entropy.uuid(now)), kind: EventKind::Update, at: now, by: caller.actor() };
    let change =
        TicketChange { ticket: updated.ticket, expected: ticket.version, findings: updated.findings, event };
    match app.store.change(change, &caller.author(request.origin, app.clock.now())).await.map_err(failed)? {
        Written::Done => {
            app.announcements.announce(&[&ticket.code_oi, &ticket.code_oc]);
            Ok(Some(Shown::new(StoredTicket { document, findings }, caller.role == Role::Oi, now)))
        }
        Written::Stale => Ok(None),
    }
}

/// Reads the ticket and reserves the memory for its change. Where there is none, the ticket is
/// dropped while the request waits, and read again.
async fn read(app: &App, request: &ChangeTicket<'_>) -> Result<(StoredTicket, Reservation), Problem> {
    let viewer = request.caller.viewer();
    let fetch = async || {
        let stored = app.store.ticket(request.id, &viewer).await.map_err(failed)?;
        stored.ok_or_else(|| Problem::standard(Code::NotFound))
    };
    let stored = fetch().await?;
    let bytes = stored.document.len() * HELD_TIMES;
    if let Some(reservation) = app.memory.try_reserve(bytes) {
        return Ok((stored, reservation));
    }
    drop(stored);
    let mut reservation = app.memory.reserve(bytes).await?;
    let stored = fetch().await?;
    if !reservation.try_grow((stored.document.len() * HELD_TIMES).saturating_sub(bytes)) {
        return Err(memory::exhausted());
    }
    Ok((stored, reservation))
}

fn stale() -> Problem {
    ResourceRefusal::TicketChanged.into()
}
