//! What an OC writes when it opens or edits a ticket: read from JSON, every fault found reported at once.
//!
//! Sources: Interop contract `AnomalieAdresseCreation`, `…NewBuilding`, `…UpdateImb`, `…UpdateNbLogements`.
//! Members that only the server fills are ignored when a caller sends them, because a PUT sends back the whole
//! resource; members that the contract does not name are kept (TM Forum's Extensible).

mod building;
mod entity;
mod issue;

use jiff::Timestamp;
use serde_json::Value;

use crate::codes::{Kind, Origin, Priority};
use crate::extensions;
use crate::identifiers::{Finding, check_lines, check_siren, check_siren_siret, check_siret};
use crate::json::{self, Object};
use crate::names::OperatorCode;
use crate::problem::Fault;
use crate::reader::{Outcome, Reader};

/// The longest free text: a description, details, a note.
pub const MAX_TEXT: usize = 10_000;
/// The longest label: a name, an external reference, a severity.
pub const MAX_LABEL: usize = 255;

/// What is agreed with this OC, and how strictly the caller asked to be read.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// The most buildings in one ticket (the contract's bulk limit).
    pub bulk_limit: usize,
    /// Whether a creation without any way to identify its address is refused rather than warned about.
    pub strict_creation: bool,
    /// How members that the contract does not name are read.
    pub extensions: extensions::Rule,
    /// The priority of a ticket for which none is given.
    pub default_priority: Option<Priority>,
    /// Whether the OC writes `name`; otherwise the server makes it.
    pub name_is_written: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            bulk_limit: 1000,
            strict_creation: false,
            extensions: extensions::Rule { strict: false, max_bytes: extensions::Limits::default().ticket },
            default_priority: None,
            name_is_written: false,
        }
    }
}

/// A ticket as asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The kind.
    pub kind: Kind,
    /// The OI asked.
    pub code_oi: OperatorCode,
    /// The OC that asks.
    pub code_oc: OperatorCode,
    /// A short title, where the dialect lets the OC write it.
    pub name: Option<String>,
    /// See [`crate::ticket::Ticket`] for this and the following.
    pub description: Option<String>,
    /// How bad.
    pub severity: Option<String>,
    /// How urgent.
    pub priority: Option<Priority>,
    /// The OC's own reference.
    pub external_id: Option<String>,
    /// When the OC would like it resolved.
    pub requested_resolution_date: Option<Timestamp>,
    /// The customer's establishment.
    pub siret: Option<String>,
    /// The customer's company.
    pub siren: Option<String>,
    /// Who is behind it.
    pub origin: Origin,
    /// The buildings.
    pub related_entity: Vec<Value>,
    /// The parties.
    pub related_party: Vec<Value>,
    /// The corrections.
    pub issues: Option<Object>,
    /// The building to create.
    pub building: Option<Object>,
    /// What the contract does not name.
    pub extensions: Object,
    /// What the checks found that does not refuse the ticket; for the OI.
    pub findings: Vec<Finding>,
}

/// Members that the OC writes.
pub(crate) const WRITTEN: &[&str] = &[
    "@type",
    "code_oi",
    "code_oc",
    "name",
    "description",
    "severity",
    "priority",
    "externalId",
    "requestedResolutionDate",
    "siret",
    "siren",
    "ticketType",
    "relatedEntity",
    "relatedParty",
    "issues",
    "building",
];

/// Members that the server or the OI fills; ignored when an OC sends them. Both dialects' names are here.
pub(crate) const FILLED: &[&str] = &[
    "id",
    "href",
    "@version",
    "@baseType",
    "@schemaLocation",
    "status",
    "statusAuthor",
    "statusChangeReason",
    "statusChangeDetails",
    "statusChangeDate",
    "statusChange",
    "statusChanges",
    "creationDate",
    "lastUpdateDate",
    "complexity",
    "zone",
    "resolutionDate",
    "expectedResolutionDate",
    "sizeRefs",
    "findings",
    "acknowledgedDuration",
    "totalInProgressDuration",
    "totalPendingDuration",
    "totalDuration",
    "resolvedToInProgressDuration",
    "resolvedToAcknowledgedDuration",
    "resolvedToClosedDuration",
];

/// Whether the contract names a first-level member, written or filled.
#[must_use]
pub fn is_known_member(member: &str) -> bool {
    WRITTEN.contains(&member) || FILLED.contains(&member)
}

/// Reads a body.
///
/// # Errors
/// Every fault found, in the order of the body's rules.
pub fn read(body: &Object, terms: &Terms) -> Result<Draft, Vec<Fault>> {
    let mut out = Outcome::default();
    let mut reader = Reader::new(body, "", &mut out);

    let kind = reader.required_vocabulary("@type", Kind::parse, Kind::ALL.iter().map(|kind| kind.as_str()));
    let code_oi = reader.required_operator("code_oi");
    let code_oc = reader.required_operator("code_oc");
    let name = if terms.name_is_written { reader.text("name", MAX_LABEL) } else { None };
    let description = reader.text("description", MAX_TEXT);
    let severity = reader.text("severity", MAX_LABEL);
    let priority = reader
        .vocabulary("priority", Priority::parse, Priority::ALL.iter().map(|value| value.as_str()))
        .or(terms.default_priority);
    let external_id = reader.text("externalId", MAX_LABEL);
    let requested_resolution_date = reader.instant("requestedResolutionDate");
    let siret = reader.text("siret", MAX_LABEL);
    let siren = reader.text("siren", MAX_LABEL);
    let origin = reader
        .vocabulary("ticketType", Origin::parse, Origin::ALL.iter().map(|value| value.as_str()))
        .unwrap_or(Origin::OcRequest);

    if let Some(siret) = &siret {
        out.check(|findings| check_siret(siret, "/siret", findings));
    }
    if let Some(siren) = &siren {
        out.check(|findings| check_siren(siren, "/siren", findings));
    }
    if let (Some(siren), Some(siret)) = (&siren, &siret) {
        out.check(|findings| check_siren_siret(siren, siret, "/siret", findings));
    }
    for member in ["name", "severity", "externalId", "relatedEntity", "issues", "building"] {
        if let Some(value) = body.get(member) {
            out.check(|findings| check_lines(member, value, &json::pointer("", member), findings));
        }
    }
    let related_entity = entity::read(body, kind, terms, &mut out);
    let related_party = entity::read_parties(body, &mut out);
    let (issues, building) = match kind {
        Some(kind) => (issue::read(body, kind, &mut out), building::read(body, kind, terms, &mut out)),
        None => (None, None),
    };
    let extensions = terms.extensions.take(body, is_known_member, "the contract", &mut out);
    let weight = extensions::object_weight(&extensions)
        + building.as_ref().map_or(0, |building| extensions::weight(building, &building::SHAPE))
        + issues.as_ref().map_or(0, issue::extension_weight)
        + entity::extension_weight(&related_entity, &related_party);
    extensions::bound(weight, terms.extensions.max_bytes, &mut out);

    let (Some(kind), Some(code_oi), Some(code_oc), true) = (kind, code_oi, code_oc, out.faults.is_empty())
    else {
        return Err(out.faults);
    };
    Ok(Draft {
        kind,
        code_oi,
        code_oc,
        name,
        description,
        severity,
        priority,
        external_id,
        requested_resolution_date,
        siret,
        siren,
        origin,
        related_entity,
        related_party,
        issues,
        building,
        extensions,
        findings: out.findings.into_vec(),
    })
}
