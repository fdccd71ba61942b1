//! Adds an attachment whose file was received in one piece.

use epissure_files::{Kind, Name, Reason, identify};
use epissure_protocol::attachment::{self, Attachment, AttachmentDraft, Measured, Origin};
use epissure_protocol::event::EventKind;
use epissure_protocol::extensions::Rule;
use epissure_protocol::json::Object;
use epissure_protocol::names::{AttachmentId, TicketId, Version};
use epissure_protocol::problem::{Fault, Problem};
use epissure_protocol::refusal::AttachmentRefusal;
use epissure_store::{Attached, NewAttachment};

use super::receive::{Received, measured};
use super::{closed, event, full, parsed, public, told};
use crate::failure::failed;
use crate::{App, Caller, caller, idempotency};

/// A request to add an attachment.
pub struct AddAttachment<'a> {
    /// Authenticated client.
    pub caller: &'a Caller,
    /// Address and request identifier, for the audit.
    pub origin: &'a caller::Origin,
    /// Ticket to attach the file to.
    pub ticket: TicketId,
    /// Metadata of the attachment, as the caller sent it.
    pub body: &'a Object,
    /// True to reject members that the contract does not name.
    pub strict: bool,
    /// Idempotency key: a repeated request returns the first answer.
    pub idempotency_key: Option<&'a str>,
}

/// Adds an attachment in status PENDING, or returns the first answer when the request is a repeat.
/// The received file is removed unless the attachment is added.
///
/// # Errors
/// Returns 403 when the ticket is final or full, 400 with every fault of the body. Returns 409 when
/// the idempotency key was used for another request.
pub async fn add(app: &App, request: &AddAttachment<'_>, received: Received) -> Result<Object, Problem> {
    let (id, arrived) = (received.upload, measured(&received.digests));
    let outcome = write(app, request, id, Some(arrived)).await;
    match outcome {
        Ok((attachment, true)) => {
            let files = app.files()?;
            files.arrived.notify_one();
            Ok(attachment)
        }
        Ok((attachment, false)) => {
            received.discard(app).await;
            Ok(attachment)
        }
        Err(problem) => {
            received.discard(app).await;
            Err(problem)
        }
    }
}

/// Inserts the row of a new attachment. The flag is true when the attachment is new, false for a
/// repeated request.
pub(super) async fn write(
    app: &App,
    request: &AddAttachment<'_>,
    id: AttachmentId,
    arrived: Option<Measured>,
) -> Result<(Object, bool), Problem> {
    let AddAttachment { caller, ticket, body, .. } = *request;
    let rule = Rule { strict: request.strict, max_bytes: app.settings.extension_limits.attachment };
    let draft = attachment::read(body, rule)?;
    let (name, kind) = named(&draft)?;
    let now = app.clock.now();
    let what = match &arrived {
        Some(arrived) => format!("attachment {ticket} {}", arrived.sha256),
        None => format!("attachment {ticket}"),
    };
    let origin = Origin {
        id,
        version: Version(app.entropy.uuid(now)),
        ticket,
        author: &caller.operator,
        at: now,
        name: name.as_str().to_owned(),
        mime_type: kind.media_type(),
    };
    let attachment = draft.added(origin, arrived);
    let new = NewAttachment {
        ticket,
        told: told(&attachment)?,
        event: event(app, EventKind::AttachmentCreate, now, caller.actor()),
        idempotency: request
            .idempotency_key
            .map(|key| idempotency::remembered(caller, key, &what, body, now)),
        attachment: attachment.clone(),
    };
    match app.store.add_attachment(new, &caller.author(request.origin, now)).await.map_err(failed)? {
        Attached::Added => {
            app.announcements.announce_to_all();
            Ok((public(&attachment)?, true))
        }
        Attached::Repeated(replay) => {
            let first: Attachment = parsed(&replay.document)?;
            Ok((public(&first)?, false))
        }
        Attached::Contradicted => Err(idempotency::contradicted()),
        Attached::Closed => Err(closed()),
        Attached::Full => Err(full()),
    }
}

/// Returns the display name and the kind that the file name implies. A rejected name or type is a
/// fault of the body.
fn named(draft: &AttachmentDraft) -> Result<(Name, Kind), Problem> {
    identify(&draft.name, draft.mime_type.as_deref()).map_err(|reason| {
        let (pointer, refusal) = match reason {
            Reason::DeclaredType => ("/mimeType", AttachmentRefusal::DeclaredType),
            Reason::Extension => ("/name", AttachmentRefusal::Extension),
            Reason::ExecutableName => ("/name", AttachmentRefusal::ProgramName),
            _ => ("/name", AttachmentRefusal::Name),
        };
        Fault::new(pointer, refusal).into()
    })
}
