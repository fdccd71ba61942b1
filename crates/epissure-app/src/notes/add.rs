//! Adds a note to a ticket.

use epissure_protocol::event::EventKind;
use epissure_protocol::extensions::Rule;
use epissure_protocol::json::{self, Object};
use epissure_protocol::names::{EventId, NoteId, OperatorCode, TicketId};
use epissure_protocol::note;
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::ResourceRefusal;
use epissure_store::{NewEvent, NewNote, Noted};
use serde::Deserialize;

use crate::failure::{failed, unreadable};
use crate::{App, Caller, Origin, idempotency};

/// A request to add a note.
pub struct AddNote<'a> {
    /// Authenticated client.
    pub caller: &'a Caller,
    /// Address and request identifier, for the audit.
    pub origin: &'a Origin,
    /// Ticket to add the note to.
    pub ticket: TicketId,
    /// Body of the request.
    pub body: &'a Object,
    /// True to reject members that the contract does not name.
    pub strict: bool,
    /// Idempotency key: a repeated request returns the first answer.
    pub idempotency_key: Option<&'a str>,
}

/// OI and OC of a ticket.
#[derive(Deserialize)]
struct Sides {
    code_oi: OperatorCode,
    code_oc: OperatorCode,
}

/// Adds a note, or returns the first answer when the request is a repeat.
///
/// # Errors
/// - 404 when the caller may see no such ticket.
/// - 403 when the ticket is final or has [`note::MOST`] notes.
/// - 400 with every fault of the body.
/// - 409 when the idempotency key was used for another request.
pub async fn add(app: &App, request: &AddNote<'_>) -> Result<Object, Problem> {
    let AddNote { caller, ticket, body, .. } = *request;
    // The ticket is read first: a caller that may not see it must not learn the faults of the body
    // either.
    let stored = app.store.ticket(ticket, &caller.viewer()).await.map_err(failed)?;
    let stored = stored.ok_or_else(|| Problem::standard(Code::NotFound))?;
    let sides: Sides =
        serde_json::from_str(&stored.document).map_err(|error| unreadable("ticket", &error))?;
    drop(stored);
    let rule = Rule { strict: request.strict, max_bytes: app.settings.extension_limits.note };
    let draft = note::read(body, rule)?;
    let now = app.clock.now();
    let id = NoteId(app.entropy.uuid(now));
    let document = draft.written(id, ticket, &caller.operator, now);
    let event = NewEvent {
        id: EventId(app.entropy.uuid(now)),
        kind: EventKind::NoteCreate,
        at: now,
        by: caller.actor(),
    };
    let idempotency = request
        .idempotency_key
        .map(|key| idempotency::remembered(caller, key, &format!("note {ticket}"), body, now));
    let new = NewNote { id, ticket, document: document.clone(), at: now, event, idempotency };
    match app.store.add_note(new, &caller.author(request.origin, now)).await.map_err(failed)? {
        Noted::Added => {
            app.announcements.announce(&[&sides.code_oi, &sides.code_oc]);
            Ok(document)
        }
        Noted::Repeated(replay) => json::stored(&replay.document).map_err(|error| unreadable("note", &error)),
        Noted::Contradicted => Err(idempotency::contradicted()),
        Noted::Closed => Err(ResourceRefusal::FinalForNotes.into()),
        Noted::Full => Err(ResourceRefusal::NotesFull { limit: note::MOST }.into()),
    }
}
