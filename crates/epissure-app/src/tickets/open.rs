//! Opens a ticket.

use epissure_protocol::dialect::Dialect;
use epissure_protocol::draft::{self, Draft, Terms};
use epissure_protocol::identifiers::{Finding, Severity};
use epissure_protocol::json::Object;
use epissure_protocol::names::{OperatorCode, TicketId, Version};
use epissure_protocol::problem::{Fault, Problem};
use epissure_protocol::refusal::{AccessRefusal, BodyRefusal};
use epissure_protocol::ticket::Ticket;
use epissure_store::{NewTicket, Opened, Role, StoredTicket};

use super::{Shown, agreement};
use crate::failure::{failed, unreadable};
use crate::{App, Caller, Origin, idempotency};

/// A request to open a ticket.
pub struct OpenTicket<'a> {
    /// Authenticated client.
    pub caller: &'a Caller,
    /// Address and request identifier, for the audit.
    pub origin: &'a Origin,
    /// Dialect of the body.
    pub dialect: Dialect,
    /// Body of the request.
    pub body: &'a Object,
    /// True to reject members that the contract does not name.
    pub strict: bool,
    /// Idempotency key: a repeated request returns the first answer.
    pub idempotency_key: Option<&'a str>,
}

/// Opens a ticket, or returns the first answer when the request is a repeat.
///
/// # Errors
/// Returns 403 when the caller is not an OC, 400 with every fault of the body. Returns 409 when the
/// idempotency key was used for another request.
pub async fn open(app: &App, request: &OpenTicket<'_>) -> Result<Shown, Problem> {
    let caller = request.caller;
    if caller.role != Role::Oc {
        return Err(AccessRefusal::OpensAsOi.into());
    }
    let now = app.clock.now();
    let draft = read(app, request).await?;
    let mut findings = draft.findings.clone();
    findings.extend(possible_duplicate(app, &draft).await?);
    let id = TicketId(app.entropy.uuid(now));
    let ticket = Ticket::open(draft, id, Version(app.entropy.uuid(now)), now);
    let document = serde_json::to_string(&ticket).map_err(|error| unreadable("new ticket", &error))?;
    let dialect = request.dialect.name();
    let idempotency =
        request.idempotency_key.map(|key| idempotency::remembered(caller, key, dialect, request.body, now));
    match app
        .store
        .open(NewTicket { ticket, findings, idempotency }, &caller.author(request.origin, now))
        .await
        .map_err(failed)?
    {
        Opened::Added => Ok(Shown::new(StoredTicket { document, findings: None }, false, now)),
        Opened::Repeated(replay) => {
            Ok(Shown::new(StoredTicket { document: replay.document, findings: None }, false, replay.at))
        }
        Opened::Contradicted => Err(idempotency::contradicted()),
    }
}

async fn read(app: &App, request: &OpenTicket<'_>) -> Result<Draft, Problem> {
    let oc = &request.caller.operator;
    let oi = request.body.get("code_oi").and_then(|code| code.as_str()).and_then(OperatorCode::parse);
    let terms = match &oi {
        Some(oi) => agreement::terms(app, oi, oc).await?,
        None => None,
    };
    let served = terms.is_some();
    let terms = request.dialect.terms(Terms {
        extensions: app.ticket_extensions(request.strict),
        ..terms.map_or_else(Terms::default, |terms| *terms)
    });
    let read = draft::read(request.body, &terms);
    let mut faults = Vec::new();
    if let Some(named) = oi.filter(|_| !served) {
        faults.push(Fault::new("/code_oi", BodyRefusal::OiNotServed { named }));
    }
    let named = request.body.get("code_oc").and_then(|code| code.as_str()).and_then(OperatorCode::parse);
    if let Some(named) = named.filter(|named| named != oc) {
        faults.push(Fault::new("/code_oc", BodyRefusal::OcNotYours { own: oc.clone(), named }));
    }
    match read {
        Ok(draft) if faults.is_empty() => Ok(draft),
        Ok(_) => Err(faults.into()),
        Err(more) => {
            faults.extend(more);
            // Sorted by code: missing members come first.
            faults.sort_by_key(|fault| fault.refusal.code().number());
            Err(faults.into())
        }
    }
}

/// Returns a finding for the OI when the OC has another active ticket with the same `externalId` at
/// this OI. Tickets at other OIs must not be revealed to it.
async fn possible_duplicate(app: &App, draft: &Draft) -> Result<Option<Finding>, Problem> {
    let Some(external_id) = &draft.external_id else { return Ok(None) };
    let others = app.store.active_with_external_id(&draft.code_oi, &draft.code_oc, external_id).await;
    let others = others.map_err(failed)?;
    if others.is_empty() {
        return Ok(None);
    }
    let others = others.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Ok(Some(Finding {
        severity: Severity::Warning,
        code: "external-id-repeated",
        pointer: "/externalId".to_owned(),
        message: format!("Possible duplicate: active tickets of the same OC bear this externalId: {others}."),
        refusal: None,
    }))
}
