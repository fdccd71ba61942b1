//! Changes a ticket: edits, and the transitions of its life.

use epissure_protocol::dialect::Dialect;
use epissure_protocol::draft::Terms;
use epissure_protocol::event::EventKind;
use epissure_protocol::json::Object;
use epissure_protocol::names::{EventId, TicketId, Version};
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::ticket::Ticket;
use epissure_protocol::update::{self, Method, Request};
use epissure_store::{NewEvent, Role, StoredTicket, TicketChange, Written};

use super::{Shown, agreement};
use crate::failure::{failed, unreadable};
use crate::{App, Caller, Origin, Precondition};

/// A request to change a ticket.
pub struct ChangeTicket<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Where the request comes from.
    pub origin: &'a Origin,
    /// In which dialect.
    pub dialect: Dialect,
    /// Which ticket.
    pub id: TicketId,
    /// On which condition.
    pub precondition: &'a Precondition,
    /// How the body is read.
    pub method: Method,
    /// What.
    pub body: &'a Object,
    /// Whether members that the contract does not name are refused.
    pub strict: bool,
}

/// How often a change that accepts any version is tried again when another comes first.
const TRIES: usize = 8;
/// How many times its stored length a ticket takes while it is changed.
const HELD_TIMES: usize = 8;

/// Changes a ticket. A request that leaves the ticket as it is succeeds, and nothing is stored: no version,
/// no event, no audit row.
///
/// # Errors
/// 404 when there is none that the caller may see, 412 when it has another version, and those of
/// [`update::apply`].
pub async fn change(app: &App, request: &ChangeTicket<'_>) -> Result<Shown, Problem> {
    for _ in 0..TRIES {
        if let Some(shown) = attempt(app, request).await? {
            return Ok(shown);
        }
        if *request.precondition != Precondition::Any {
            break;
        }
    }
    Err(stale())
}

/// One try; `None` when another change came between the reading and the writing.
async fn attempt(app: &App, request: &ChangeTicket<'_>) -> Result<Option<Shown>, Problem> {
    let caller = request.caller;
    let stored = app.store.ticket(request.id, &caller.viewer()).await.map_err(failed)?;
    let stored = stored.ok_or_else(|| Problem::standard(Code::NotFound))?;
    // The ticket, what it becomes and the rows to write are held until they are committed.
    let bytes = stored.document.len() * HELD_TIMES;
    let Some(_reservation) = app.memory.try_reserve(bytes) else {
        drop(stored);
        app.memory.reserve(bytes).await?;
        return Ok(None);
    };
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

fn stale() -> Problem {
    Problem::new(
        Code::PreconditionFailed,
        "The ticket has changed since the version that If-Match names. Read it again, see what changed, and send the \
         request with its present ETag.",
    )
}
