//! Tickets as stored: one document, the same for every dialect.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codes::{Actor, Complexity, Kind, Origin, Priority, Reason, Status, Zone};
use crate::draft::Draft;
use crate::durations::Step;
use crate::instant;
use crate::json::{self, Object};
use crate::lifecycle::Situation;
use crate::names::{OperatorCode, TicketId, Version};

/// Entry of a ticket's history (Interop contract `StatusChange`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusChange {
    /// The status reached.
    pub status: Status,
    /// Time of the change.
    #[serde(with = "instant::serde_format")]
    pub change_date: Timestamp,
    /// Reason of the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_reason: Option<Reason>,
    /// Details, in the author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_details: Option<String>,
    /// The code of the operator whose program made the change; the OI's own when the server acted
    /// for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

impl StatusChange {
    /// Creates a change without reason, details or author.
    #[must_use]
    pub fn new(status: Status, change_date: Timestamp) -> Self {
        Self { status, change_date, change_reason: None, change_details: None, author: None }
    }
}

/// The stored document. Stores and filters read its JSON form ([`serde`]). Members without a value
/// are absent. Durations are not in it: they are computed from the history ([`crate::durations`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// The kind.
    #[serde(rename = "@type")]
    pub kind: Kind,
    /// The identifier.
    pub id: TicketId,
    /// Current version.
    #[serde(rename = "@version")]
    pub version: Version,
    /// Current status.
    pub status: Status,
    /// Author of the last transition; `None` until the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_author: Option<String>,
    /// Reason of the last transition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_change_reason: Option<Reason>,
    /// Details of the last transition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_change_details: Option<String>,
    /// Time of the last transition; `None` until the first.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant::serde_option")]
    pub status_change_date: Option<Timestamp>,
    /// Time of opening.
    #[serde(with = "instant::serde_format")]
    pub creation_date: Timestamp,
    /// Time of the last change.
    #[serde(with = "instant::serde_format")]
    pub last_update_date: Timestamp,
    /// A short title.
    pub name: String,
    /// Description of the anomaly, in the OC's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Severity, in the OC's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Urgency for the OC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Difficulty, set by the OI at qualification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complexity: Option<Complexity>,
    /// The OC's own reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Time of resolution.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant::serde_option")]
    pub resolution_date: Option<Timestamp>,
    /// Resolution date expected by the OI.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant::serde_option")]
    pub expected_resolution_date: Option<Timestamp>,
    /// Resolution date requested by the OC.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant::serde_option")]
    pub requested_resolution_date: Option<Timestamp>,
    /// The OI that the ticket is sent to.
    #[serde(rename = "code_oi")]
    pub code_oi: OperatorCode,
    /// The OC that opened the ticket.
    #[serde(rename = "code_oc")]
    pub code_oc: OperatorCode,
    /// SIRET of the customer's establishment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siret: Option<String>,
    /// SIREN of the customer's company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siren: Option<String>,
    /// Source of the report.
    #[serde(rename = "ticketType")]
    pub origin: Origin,
    /// The history, oldest first; never empty.
    pub status_change: Vec<StatusChange>,
    /// The buildings, each an object with `id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related_entity: Vec<Value>,
    /// The parties, as the OC sent them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related_party: Vec<Value>,
    /// Number of distinct buildings.
    pub size_refs: usize,
    /// Regulatory zone of the buildings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Requested corrections: key → `{value, toBlank, description}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issues: Option<Object>,
    /// The building to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub building: Option<Object>,
    /// Members that the contract does not name, as the OC sent them (TM Forum's Extensible).
    #[serde(flatten)]
    pub extensions: Object,
}

impl Ticket {
    /// Opens a ticket, with the first entry of its history. Generates a name when the OC gave none.
    #[must_use]
    pub fn open(draft: Draft, id: TicketId, version: Version, now: Timestamp) -> Self {
        let size_refs = distinct_buildings(&draft.related_entity);
        let name = draft.name.clone().unwrap_or_else(|| made_name(&draft));
        let opening = StatusChange {
            author: Some(draft.code_oc.as_str().to_owned()),
            ..StatusChange::new(Status::Acknowledged, now)
        };
        Self {
            kind: draft.kind,
            id,
            version,
            status: Status::Acknowledged,
            status_author: None,
            status_change_reason: None,
            status_change_details: None,
            status_change_date: None,
            creation_date: now,
            last_update_date: now,
            name,
            description: draft.description,
            severity: draft.severity,
            priority: draft.priority,
            complexity: None,
            external_id: draft.external_id,
            resolution_date: None,
            expected_resolution_date: None,
            requested_resolution_date: draft.requested_resolution_date,
            code_oi: draft.code_oi,
            code_oc: draft.code_oc,
            siret: draft.siret,
            siren: draft.siren,
            origin: draft.origin,
            status_change: vec![opening],
            related_entity: draft.related_entity,
            related_party: draft.related_party,
            size_refs,
            zone: None,
            issues: draft.issues,
            building: draft.building,
            extensions: draft.extensions,
        }
    }

    /// Reads a stored ticket, with the exact digits of the numbers that the OC sent.
    ///
    /// # Errors
    /// Fails when the text is not a stored ticket.
    pub fn read(text: &str) -> serde_json::Result<Self> {
        let mut ticket: Self = serde_json::from_str(text)?;
        // serde_json reformats exponents; the values that the OC sent are read again as written.
        let mut exact = json::stored(text)?;
        let mut object = |member: &str| match exact.get_mut(member).map(Value::take) {
            Some(Value::Object(object)) => Some(object),
            _ => None,
        };
        (ticket.issues, ticket.building) = (object("issues"), object("building"));
        let mut array = |member: &str| match exact.get_mut(member).map(Value::take) {
            Some(Value::Array(array)) => array,
            _ => Vec::new(),
        };
        (ticket.related_entity, ticket.related_party) = (array("relatedEntity"), array("relatedParty"));
        json::take_members(&mut ticket.extensions, &mut exact);
        Ok(ticket)
    }

    /// Returns the document, with the exact digits of its numbers.
    ///
    /// # Errors
    /// Returns the errors of serde_json, which a ticket never causes.
    pub fn document(&self) -> serde_json::Result<Object> {
        json::stored(&serde_json::to_string(self)?)
    }

    /// Returns the steps of its history, oldest first.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.status_change.iter().map(|change| (change.status, change.change_date)).collect()
    }

    /// Returns true when the ticket has ever been IN_PROGRESS.
    #[must_use]
    pub fn qualified(&self) -> bool {
        self.status_change.iter().any(|change| change.status == Status::InProgress)
    }

    /// Returns the facts that the life cycle uses.
    #[must_use]
    pub fn situation(&self) -> Situation {
        Situation {
            status: self.status,
            qualified: self.qualified(),
            complexity: self.complexity,
            has_zone: self.zone.is_some(),
            has_expected_resolution_date: self.expected_resolution_date.is_some(),
            kind: self.kind,
            buildings: self.size_refs,
        }
    }

    /// Returns the identifiers of its buildings.
    pub fn building_ids(&self) -> impl Iterator<Item = &str> {
        self.related_entity.iter().filter_map(|entity| entity.get("id")?.as_str())
    }

    /// Records a transition: updates status, reason, details, author and history together.
    pub fn enter(&mut self, change: StatusChange, by: Actor) {
        self.status = change.status;
        self.status_author = Some(change.author.clone().unwrap_or_else(|| by.as_str().to_owned()));
        self.status_change_reason = change.change_reason;
        self.status_change_details.clone_from(&change.change_details);
        self.status_change_date = Some(change.change_date);
        self.status_change.push(change);
    }
}

/// Returns the number of distinct buildings.
fn distinct_buildings(entities: &[Value]) -> usize {
    let ids: HashSet<&str> = entities.iter().filter_map(|entity| entity.get("id")?.as_str()).collect();
    ids.len()
}

/// Generates the name of a ticket whose OC gave none, from its kind and its subject.
fn made_name(draft: &Draft) -> String {
    let first = draft.related_entity.first().and_then(|entity| entity.get("id")?.as_str());
    let city = draft.building.as_ref().and_then(|building| building.get("address")?.get("city")?.as_str());
    let about = match (first, draft.related_entity.len()) {
        (Some(first), 1) => format!(" {first}"),
        (Some(first), count) => format!(" {first} (+{})", count - 1),
        (None, _) => city.map_or(String::new(), |city| format!(" {city}")),
    };
    format!("{}{about}", draft.kind)
}
