//! Changes of a ticket that a PUT or a PATCH requests: edits of members that the author owns, and
//! at most one transition.
//!
//! The OC owns the texts and the corrections it sent. The OI owns qualification and resolution,
//! which it writes through transitions only. Members that the caller does not own are ignored,
//! because a PUT sends back the whole resource.

use jiff::Timestamp;
use serde_json::Value;

use crate::codes::{Actor, Complexity, Reason, Status, Zone};
use crate::draft::{self, Draft, Terms};
use crate::identifiers::{BUILDING_ID_MAX, Finding};
use crate::instant;
use crate::json::{self, Object};
use crate::lifecycle::{self, Ask, Effect, Rule};
use crate::names::{OperatorCode, Version};
use crate::problem::{Code, Fault, Problem};
use crate::refusal::{BodyRefusal, Expected, MoveRefusal};
use crate::ticket::{StatusChange, Ticket};

/// Interpretation of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A whole resource when it has `@type`, `code_oi` and `code_oc`; otherwise read as
    /// [`Method::Patch`], because the contract's own samples PUT a few members.
    Put,
    /// A merge patch (RFC 7396).
    Patch,
}

/// A request to change a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Role of the caller.
    pub actor: Actor,
    /// Operator of the caller.
    pub author: &'a OperatorCode,
    /// Interpretation of the body.
    pub method: Method,
    /// Body of the request.
    pub body: &'a Object,
    /// Time of the request.
    pub now: Timestamp,
    /// Version of the result.
    pub version: Version,
    /// Terms for reading the content.
    pub terms: &'a Terms,
}

/// A ticket after a change.
#[derive(Debug, Clone)]
pub struct Updated {
    /// The ticket.
    pub ticket: Ticket,
    /// Findings of the checks, when the content was read again.
    pub findings: Option<Vec<Finding>>,
    /// The row of the life cycle that was applied, if any.
    pub rule: Option<&'static Rule>,
    /// True when the ticket differs from its current version. An unchanged ticket retains its
    /// version and its `lastUpdateDate`, so that nothing is stored.
    pub changed: bool,
}

/// Members that the OC may edit until the ticket is final.
const ALWAYS_EDITABLE: &[&str] = &["description", "priority", "externalId", "requestedResolutionDate"];
/// Members that the OC may edit while the ticket is ACKNOWLEDGED.
const EDITABLE_AT_FIRST: &[&str] = &["issues", "building"];

/// Applies a request.
///
/// # Errors
/// Returns 403 when the life cycle forbids the request, 400 when the body has faults.
pub fn apply(ticket: &Ticket, request: &Request<'_>) -> Result<Updated, Problem> {
    if ticket.status.is_final() {
        return Err(MoveRefusal::Final { status: ticket.status }.into());
    }
    let wanted = Wanted::read(request.body)?;
    let mut updated = Updated { ticket: ticket.clone(), findings: None, rule: None, changed: false };
    if request.actor == Actor::Oc {
        edit(&mut updated, request)?;
    }
    match wanted.transition(ticket, request) {
        Some((to, reason)) => transition(&mut updated, request, &wanted, to, reason)?,
        None if request.actor == Actor::Oi => wanted.refuse_silent_qualification(ticket)?,
        None => {}
    }
    if updated.ticket != *ticket {
        updated.ticket.version = request.version;
        updated.ticket.last_update_date = request.now;
        updated.changed = true;
    }
    Ok(updated)
}

/// Members of a body that request a transition.
struct Wanted {
    status: Option<Status>,
    reason: Option<Reason>,
    details: Option<String>,
    complexity: Option<Complexity>,
    zone: Option<Zone>,
    expected_resolution_date: Option<Timestamp>,
    building_id: Option<String>,
}

impl Wanted {
    fn read(body: &Object) -> Result<Self, Problem> {
        let mut faults = Vec::new();
        let mut text = |value: Option<&Value>, pointer: &str| -> Option<String> {
            match value? {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                _ => {
                    faults.push(invalid(pointer, Expected::Text));
                    None
                }
            }
        };
        let status = text(body.get("status"), "/status");
        let reason = text(body.get("statusChangeReason"), "/statusChangeReason");
        let details = text(body.get("statusChangeDetails"), "/statusChangeDetails");
        let complexity = text(body.get("complexity"), "/complexity");
        let zone = text(body.get("zone"), "/zone");
        let expected = text(body.get("expectedResolutionDate"), "/expectedResolutionDate");
        let building_id = text(body.get("building").and_then(|building| building.get("id")), "/building/id");

        let wanted = Self {
            status: one_of(status, "/status", Status::parse, (Status::ALL, Status::as_str), &mut faults),
            reason: one_of(
                reason,
                "/statusChangeReason",
                Reason::parse,
                (Reason::ALL, Reason::as_str),
                &mut faults,
            ),
            complexity: one_of(
                complexity,
                "/complexity",
                Complexity::parse,
                (Complexity::ALL, Complexity::as_str),
                &mut faults,
            ),
            zone: one_of(zone, "/zone", Zone::parse, (Zone::ALL, Zone::as_str), &mut faults),
            expected_resolution_date: expected.and_then(|text| {
                let at = instant::parse(&text);
                if at.is_none() {
                    faults.push(invalid("/expectedResolutionDate", Expected::DateTime));
                }
                at
            }),
            details: details.filter(|details| {
                let short = details.chars().count() <= draft::MAX_TEXT;
                if !short {
                    faults.push(invalid("/statusChangeDetails", Expected::AtMost { max: draft::MAX_TEXT }));
                }
                short
            }),
            building_id: building_id.filter(|id| {
                let sound = (1..=BUILDING_ID_MAX).contains(&id.chars().count());
                if !sound {
                    faults.push(invalid("/building/id", Expected::Between { min: 1, max: BUILDING_ID_MAX }));
                }
                sound
            }),
        };
        if faults.is_empty() { Ok(wanted) } else { Err(faults.into()) }
    }

    /// Returns the requested transition, if any. Restating the current status requests none, except
    /// REQUALIFIED.
    fn transition(&self, ticket: &Ticket, request: &Request<'_>) -> Option<(Status, Option<Reason>)> {
        let to = self.status.unwrap_or(ticket.status);
        let echo = request.method == Method::Put && self.reason == ticket.status_change_reason;
        if to == ticket.status {
            let requalifies = to == Status::InProgress && self.reason == Some(Reason::Requalified);
            return (requalifies && !(echo && self.restates_qualification(ticket)))
                .then_some((to, self.reason));
        }
        // A PUT sends back the reason of the last change; a move without a reason ignores it.
        let takes_none = lifecycle::RULES
            .iter()
            .any(|rule| rule.from == Some(ticket.status) && rule.to == to && rule.reason.is_none());
        Some((to, if echo && takes_none { None } else { self.reason }))
    }

    fn restates_qualification(&self, ticket: &Ticket) -> bool {
        self.details == ticket.status_change_details
            && (self.complexity.is_none() || self.complexity == ticket.complexity)
            && (self.zone.is_none() || self.zone == ticket.zone)
            && (self.expected_resolution_date.is_none()
                || self.expected_resolution_date == ticket.expected_resolution_date)
    }

    fn refuse_silent_qualification(&self, ticket: &Ticket) -> Result<(), MoveRefusal> {
        let differs = self.complexity.is_some() && self.complexity != ticket.complexity
            || self.zone.is_some() && self.zone != ticket.zone
            || self.expected_resolution_date.is_some()
                && self.expected_resolution_date != ticket.expected_resolution_date;
        if differs { Err(MoveRefusal::SilentQualification) } else { Ok(()) }
    }
}

fn one_of<T: Copy>(
    text: Option<String>,
    pointer: &str,
    parse: fn(&str) -> Option<T>,
    (all, spelling): (&[T], fn(T) -> &'static str),
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let text = text?;
    let value = parse(&text);
    if value.is_none() {
        let values = all.iter().copied().map(spelling).collect();
        faults.push(invalid(pointer, Expected::OneOf { values }));
    }
    value
}

fn invalid(pointer: &str, expected: Expected) -> Fault {
    let member = pointer.trim_start_matches('/').replace('/', ".");
    Fault::new(pointer, BodyRefusal::Invalid { member, expected })
}

fn transition(
    updated: &mut Updated,
    request: &Request<'_>,
    wanted: &Wanted,
    to: Status,
    reason: Option<Reason>,
) -> Result<(), Problem> {
    let situation = updated.ticket.situation();
    let rule = lifecycle::decide(
        &situation,
        &Ask {
            actor: request.actor,
            to,
            reason,
            details: wanted.details.as_deref(),
            complexity: wanted.complexity,
            gives_zone: wanted.zone.is_some(),
            gives_expected_resolution_date: wanted.expected_resolution_date.is_some(),
            gives_building_id: wanted.building_id.is_some(),
        },
    )?;
    let ticket = &mut updated.ticket;
    match rule.effect {
        Effect::None => {}
        Effect::Qualify => {
            let bulk = (ticket.size_refs >= 2).then_some(Complexity::Masse);
            ticket.complexity = wanted.complexity.or(ticket.complexity).or(bulk);
            ticket.zone = wanted.zone.or(ticket.zone);
            ticket.expected_resolution_date =
                wanted.expected_resolution_date.or(ticket.expected_resolution_date);
        }
        Effect::Resolve => {
            ticket.resolution_date = Some(request.now);
            if let (Some(building), Some(id)) = (&mut ticket.building, &wanted.building_id) {
                building.insert("id".into(), id.clone().into());
            }
        }
        Effect::Reopen => ticket.resolution_date = None,
    }
    ticket.enter(
        StatusChange {
            status: to,
            change_date: request.now,
            change_reason: rule.reason,
            change_details: wanted.details.clone(),
            author: Some(request.author.as_str().to_owned()),
        },
        request.actor,
    );
    updated.rule = Some(rule);
    Ok(())
}

/// Applies the OC's edits, when the body has any.
fn edit(updated: &mut Updated, request: &Request<'_>) -> Result<(), Problem> {
    let edits: Object = request
        .body
        .iter()
        .filter(|(member, _)| {
            let member = member.as_str();
            ALWAYS_EDITABLE.contains(&member)
                || EDITABLE_AT_FIRST.contains(&member)
                || !draft::is_known_member(member)
        })
        .map(|(member, value)| (member.clone(), value.clone()))
        .collect();
    let whole = request.method == Method::Put
        && ["@type", "code_oi", "code_oc"].iter().all(|member| request.body.contains_key(*member));
    if edits.is_empty() && !whole {
        return Ok(());
    }
    let present = &updated.ticket;
    let draft = reread(present, edits, whole, request.terms)?;
    if present.status != Status::Acknowledged
        && (draft.issues != present.issues
            || without_id(draft.building.as_ref()) != without_id(present.building.as_ref()))
    {
        return Err(MoveRefusal::ContentFrozen { status: present.status }.into());
    }
    let ticket = &mut updated.ticket;
    ticket.description = draft.description;
    ticket.priority = draft.priority;
    ticket.external_id = draft.external_id;
    ticket.requested_resolution_date = draft.requested_resolution_date;
    ticket.extensions = draft.extensions;
    ticket.issues = draft.issues;
    if without_id(draft.building.as_ref()) != without_id(ticket.building.as_ref()) {
        ticket.building = draft.building;
    }
    updated.findings = Some(draft.findings);
    Ok(())
}

fn without_id(building: Option<&Object>) -> Option<Object> {
    building.map(|building| {
        building.iter().filter(|(member, _)| *member != "id").map(|(k, v)| (k.clone(), v.clone())).collect()
    })
}

/// Reads the resulting content: the fixed members, and the edits merged over the current ones. The
/// edits replace the current ones when the whole resource is replaced.
fn reread(ticket: &Ticket, edits: Object, whole: bool, terms: &Terms) -> Result<Draft, Problem> {
    let mut content = ticket.document().map_err(|_| Problem::standard(Code::InternalError))?;
    if whole {
        content.retain(|member, _| {
            draft::is_known_member(member)
                && !ALWAYS_EDITABLE.contains(&member.as_str())
                && !EDITABLE_AT_FIRST.contains(&member.as_str())
        });
        content.extend(edits);
    } else {
        json::merge_patch(&mut content, &edits);
    }
    // The limit on the number of buildings applies only when a ticket is opened.
    let terms = Terms { bulk_limit: usize::MAX, ..*terms };
    Ok(draft::read(&content, &terms)?)
}
