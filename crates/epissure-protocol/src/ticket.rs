//! A ticket as it is kept: one document, the same whatever the dialect it came in or goes out by.

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

/// One line of a ticket's history (Interop contract `StatusChange`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusChange {
    /// The status reached.
    pub status: Status,
    /// When.
    #[serde(with = "instant::serde_format")]
    pub change_date: Timestamp,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_reason: Option<Reason>,
    /// In the author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_details: Option<String>,
    /// The code of the operator whose program made the change; the OI's own when the server acted for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

impl StatusChange {
    /// A change without reason, details or author.
    #[must_use]
    pub fn new(status: Status, change_date: Timestamp) -> Self {
        Self { status, change_date, change_reason: None, change_details: None, author: None }
    }
}

/// The kept document. Its JSON form ([`serde`]) is what a store holds and what filters read; members without a
/// value are absent, and durations are not in it: they follow from the history ([`crate::durations`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// The kind.
    #[serde(rename = "@type")]
    pub kind: Kind,
    /// The identifier.
    pub id: TicketId,
    /// The present version.
    #[serde(rename = "@version")]
    pub version: Version,
    /// The present status.
    pub status: Status,
    /// Who made the last transition; none until the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_author: Option<String>,
    /// Why, of the last transition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_change_reason: Option<Reason>,
    /// The words of the last transition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_change_details: Option<String>,
    /// When the last transition was; none until the first.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant::serde_option")]
    pub status_change_date: Option<Timestamp>,
    /// When it was opened.
    #[serde(with = "instant::serde_format")]
    pub creation_date: Timestamp,
    /// When it last changed.
    #[serde(with = "instant::serde_format")]
    pub last_update_date: Timestamp,
    /// A short title.
    pub name: String,
    /// What is wrong, in the OC's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How bad it is, in the OC's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// How urgent it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// How hard it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complexity: Option<Complexity>,
    /// The OC's own reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// When it was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant::serde_option")]
    pub resolution_date: Option<Timestamp>,
    /// When the OI expects to resolve it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant::serde_option")]
    pub expected_resolution_date: Option<Timestamp>,
    /// When the OC would like it resolved.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant::serde_option")]
    pub requested_resolution_date: Option<Timestamp>,
    /// The OI asked.
    #[serde(rename = "code_oi")]
    pub code_oi: OperatorCode,
    /// The OC that asks.
    #[serde(rename = "code_oc")]
    pub code_oc: OperatorCode,
    /// The customer's establishment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siret: Option<String>,
    /// The customer's company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siren: Option<String>,
    /// Who is behind it.
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
    /// How many buildings; one that is named twice counts once.
    pub size_refs: usize,
    /// The zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// The corrections asked for: key → `{value, toBlank, description}`.
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
    /// Opens a ticket: the first line of its history, and a name when the OC gave none.
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

    /// Reads a stored ticket, what the OC sent of it to the letter of its numbers.
    ///
    /// # Errors
    /// When the text is not that of a ticket.
    pub fn read(text: &str) -> serde_json::Result<Self> {
        let mut ticket: Self = serde_json::from_str(text)?;
        // serde_json writes exponents in its own way; the values that the OC sent are read again as they stand.
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

    /// Its document, to the letter of its numbers.
    ///
    /// # Errors
    /// As serde_json, which has none for a ticket.
    pub fn document(&self) -> serde_json::Result<Object> {
        json::stored(&serde_json::to_string(self)?)
    }

    /// The steps of its history, oldest first.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.status_change.iter().map(|change| (change.status, change.change_date)).collect()
    }

    /// Whether the ticket has ever been IN_PROGRESS.
    #[must_use]
    pub fn qualified(&self) -> bool {
        self.status_change.iter().any(|change| change.status == Status::InProgress)
    }

    /// What the life cycle needs to know.
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

    /// The identifiers of its buildings.
    pub fn building_ids(&self) -> impl Iterator<Item = &str> {
        self.related_entity.iter().filter_map(|entity| entity.get("id")?.as_str())
    }

    /// Records a transition: status, reason, details, author and history move together.
    pub fn enter(&mut self, change: StatusChange, by: Actor) {
        self.status = change.status;
        self.status_author = Some(change.author.clone().unwrap_or_else(|| by.as_str().to_owned()));
        self.status_change_reason = change.change_reason;
        self.status_change_details.clone_from(&change.change_details);
        self.status_change_date = Some(change.change_date);
        self.status_change.push(change);
    }
}

/// How many buildings are named, each counted once.
fn distinct_buildings(entities: &[Value]) -> usize {
    let ids: HashSet<&str> = entities.iter().filter_map(|entity| entity.get("id")?.as_str()).collect();
    ids.len()
}

/// The name of a ticket whose OC gave none: its kind, and what it is about.
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
