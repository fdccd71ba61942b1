//! Receives the events that an OI sends to an OC of this server.

use epissure_protocol::event::EventKind;
use epissure_protocol::extensions;
use epissure_protocol::instant;
use epissure_protocol::json::Object;
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::{Fault, Problem};
use epissure_protocol::refusal::{AccessRefusal, BodyRefusal, Expected};
use epissure_protocol::secret::Secret;
use epissure_store::{Author, Pair, Received, Role};
use jiff::SignedDuration;
use serde_json::Value;

use super::signature::{self, Signed};
use super::targets::succeeded;
use crate::directory::Refused;
use crate::failure::failed;
use crate::{App, Caller, Origin};

/// Event being received.
pub struct Incoming<'a> {
    /// Authenticated client that sends the event.
    pub caller: &'a Caller,
    /// Address and request identifier, for the audit.
    pub origin: &'a Origin,
    /// Raw body: the signed bytes.
    pub bytes: &'a [u8],
    /// Parsed body.
    pub body: &'a Object,
    /// Signature headers, if sent.
    pub signed: Option<&'a Signed>,
}

/// Attributes of an event (CloudEvents 1.0) and `data`; other members are extension attributes.
const ATTRIBUTES: &[&str] =
    &["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data"];
/// Maximum length of `id`, `source` and `type`, in bytes.
const MAX_LENGTH: usize = 1024;

/// Stores an event once: events of one OI with the same `source` and `id` are the same event. When
/// a signing secret of the OI is registered, the event must be signed with it.
///
/// # Errors
/// Returns 403 when the caller is not an OI or the signature is wrong, 400 with every fault of the
/// event.
pub async fn receive(app: &App, incoming: &Incoming<'_>) -> Result<(), Problem> {
    let caller = incoming.caller;
    may_send(caller)?;
    let now = app.clock.now();
    let secrets = app.store.inbound_secrets(&caller.operator).await.map_err(failed)?;
    if !secrets.is_empty() {
        signature::verify(incoming.signed, incoming.bytes, &secrets, now)?;
    }
    let read = read(incoming.body)?;
    let max_bytes = app.settings.extension_limits.event;
    if let Some(fault) = extensions::too_heavy(incoming.body, ATTRIBUTES, max_bytes) {
        return Err(fault.into());
    }
    let received = Received {
        oi: caller.operator.clone(),
        source: read.source,
        id: read.id,
        kind: read.kind,
        subject: read.subject,
        at: now,
        signed: !secrets.is_empty(),
        document: String::from_utf8_lossy(incoming.bytes).into_owned(),
    };
    let oi = received.oi.clone();
    let new = app.store.receive(received, &caller.author(incoming.origin, now)).await.map_err(failed)?;
    tracing::info!(%oi, new, "an event was received");
    Ok(())
}

/// Checks that a caller may send events: only an OI may.
///
/// # Errors
/// Returns 403 when the caller is not an OI.
pub fn may_send(caller: &Caller) -> Result<(), Problem> {
    if caller.role == Role::Oi {
        return Ok(());
    }
    Err(AccessRefusal::SendsAsOc.into())
}

struct Read {
    source: String,
    id: String,
    kind: String,
    subject: String,
}

/// Parses an event: CloudEvents 1.0 with the members that the Interop contract requires. Other
/// members are stored unchecked.
fn read(body: &Object) -> Result<Read, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut text = |member: &'static str| {
        let fault = match body.get(member) {
            Some(Value::String(text)) if (1..=MAX_LENGTH).contains(&text.len()) => return text.clone(),
            None | Some(Value::Null) => missing(member),
            Some(_) => invalid(member, Expected::Bytes { max: MAX_LENGTH }),
        };
        faults.push(fault);
        String::new()
    };
    let version = text("specversion");
    let read = Read { id: text("id"), source: text("source"), kind: text("type"), subject: text("subject") };
    let time = text("time");
    // The Interop contract's own examples use `1`.
    if !matches!(version.as_str(), "" | "1" | "1.0") {
        faults.push(invalid("specversion", Expected::SpecVersion));
    }
    if !read.subject.is_empty() && TicketId::parse(&read.subject).is_none() {
        faults.push(invalid("subject", Expected::TicketId));
    }
    if !time.is_empty() && instant::parse(&time).is_none() {
        faults.push(invalid("time", Expected::EventInstant));
    }
    match body.get("data") {
        None | Some(Value::Null) => faults.push(missing("data")),
        Some(data) => faults.extend(fault_of_data(data, &read)),
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

fn missing(member: &str) -> Fault {
    Fault::new(format!("/{member}"), BodyRefusal::Missing { member: member.to_owned() })
}

/// The fault of a member, dotted.
fn invalid(member: &str, expected: Expected) -> Fault {
    let pointer = format!("/{}", member.replace('.', "/"));
    Fault::new(pointer, BodyRefusal::Invalid { member: member.to_owned(), expected })
}

/// Checks `data`, the complete resource of the event. In an update, its `id` must be that of
/// `subject`.
fn fault_of_data(data: &Value, read: &Read) -> Option<Fault> {
    let Some(data) = data.as_object() else { return Some(invalid("data", Expected::EventData)) };
    let id = data.get("id").filter(|id| !id.is_null());
    if id.is_some_and(|id| !id.is_string()) {
        return Some(invalid("data.id", Expected::Text));
    }
    let of_another = id.and_then(Value::as_str).is_some_and(|id| id != read.subject);
    let is_update = EventKind::parse(&read.kind) == Some(EventKind::Update);
    (is_update && of_another).then(|| invalid("data.id", Expected::SubjectId))
}

/// Sets the secret with which an OI signs its events for an OC. The previous secret remains valid
/// for `overlap`.
///
/// # Errors
/// Fails when the two operators have no contract, or the secret is malformed.
pub async fn accept(
    app: &App,
    pair: &Pair,
    secret: &Secret,
    overlap: SignedDuration,
    by: &Author,
) -> Result<(), Refused> {
    if app.store.contract(&pair.oi, &pair.oc).await.map_err(failed)?.is_none() {
        return Err(Refused::invalid(format!(
            "{} and {} have no contract here: set it first with `epissure contract set --oi {} --oc {}`",
            pair.oi, pair.oc, pair.oi, pair.oc
        )));
    }
    if signature::key(secret).is_none() {
        return Err(Refused::invalid(
            "a signing secret is `whsec_` followed by 24 to 64 bytes in base64, as the OI was shown it",
        ));
    }
    let before = app.store.pair_inbound_secrets(pair).await.map_err(failed)?;
    let secrets = succeeded(secret, before, app.clock.now(), overlap);
    Ok(app.store.put_inbound_secrets(pair, secrets, by).await.map_err(failed)?)
}

/// Returns received events, newest first.
///
/// # Errors
/// Fails when the store fails.
pub async fn received(app: &App, limit: u32) -> Result<Vec<Received>, Refused> {
    Ok(app.store.received(limit).await.map_err(failed)?)
}
