//! Content that an OC sends to open or edit a ticket: read from JSON, with every fault reported at
//! once.
//!
//! Sources: Interop contract `AnomalieAdresseCreation`, `…NewBuilding`, `…UpdateImb`,
//! `…UpdateNbLogements`. Members that only the server fills are ignored on input, because a PUT
//! sends back the whole resource. Members that the contract does not name are stored (TM Forum's
//! Extensible).

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
use crate::refusal::BodyRefusal;

/// Maximum length of a free text (a description, details, a note), in characters.
pub const MAX_TEXT: usize = 10_000;
/// Maximum length of a label (a name, an external reference, a severity), in characters.
pub const MAX_LABEL: usize = 255;

/// Terms agreed with the OC, and the strictness that the caller requests.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Maximum number of buildings in a ticket (the contract's bulk limit).
    pub bulk_limit: usize,
    /// True to refuse a creation that does not identify its address, instead of warning.
    pub strict_creation: bool,
    /// Rule for members that the contract does not name.
    pub extensions: extensions::Rule,
    /// Priority of a ticket without one.
    pub default_priority: Option<Priority>,
    /// True when the OC writes `name`; otherwise the server generates it.
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

/// Request for a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The kind.
    pub kind: Kind,
    /// The OI that the ticket is sent to.
    pub code_oi: OperatorCode,
    /// The OC that opens the ticket.
    pub code_oc: OperatorCode,
    /// Short title, where the dialect lets the OC write it.
    pub name: Option<String>,
    /// Description of the anomaly, in the OC's words.
    pub description: Option<String>,
    /// Severity, in the OC's words.
    pub severity: Option<String>,
    /// Urgency for the OC.
    pub priority: Option<Priority>,
    /// The OC's own reference.
    pub external_id: Option<String>,
    /// Resolution date requested by the OC.
    pub requested_resolution_date: Option<Timestamp>,
    /// SIRET of the customer's establishment.
    pub siret: Option<String>,
    /// SIREN of the customer's company.
    pub siren: Option<String>,
    /// Source of the report.
    pub origin: Origin,
    /// The buildings.
    pub related_entity: Vec<Value>,
    /// The parties.
    pub related_party: Vec<Value>,
    /// The requested corrections.
    pub issues: Option<Object>,
    /// The building to create.
    pub building: Option<Object>,
    /// Members that the contract does not name.
    pub extensions: Object,
    /// Findings that do not refuse the ticket, for the OI.
    pub findings: Vec<Finding>,
}

/// Members that the OC writes.
pub const WRITTEN: &[&str] = &[
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

/// Members that the server or the OI fills, under the names of both dialects; ignored when an OC
/// sends them.
pub const FILLED: &[&str] = &[
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

/// Returns true when the contract names a first-level member, written or filled.
#[must_use]
pub fn is_known_member(member: &str) -> bool {
    WRITTEN.contains(&member) || FILLED.contains(&member)
}

/// Reads a body.
///
/// # Errors
/// Returns every fault found, in the order of the body's rules.
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
    let extensions = terms.extensions.take(
        body,
        is_known_member,
        |member| BodyRefusal::UnknownOfTicket { member },
        &mut out,
    );
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
