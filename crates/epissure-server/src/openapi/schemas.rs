//! JSON schemas, generated from the tables of the domain.

use epissure_protocol::codes::{Complexity, Kind, Origin as Asker, Priority, Reason, Status, Zone};
use epissure_protocol::dialect::{Dialect, Origin};
use epissure_protocol::draft::{MAX_LABEL, MAX_TEXT};
use epissure_protocol::identifiers::Projection;
use epissure_protocol::issues::{Arity, IssueKey, MODIFICATION, NB_LOGEMENTS, ValueKind};
use serde_json::{Map, Value, json};

use super::examples;
use super::parts::{demands, partial, reference};

pub(super) fn gateway_error() -> Value {
    json!({
        "description": "An error in the format of the Orange gateway. In a 400, message contains the detail and description \
                        the title. In every other status, message contains the title and description the detail.",
        "type": "object",
        "required": ["code", "message", "description"],
        "properties": {
            "code": {"type": "integer"},
            "message": {"type": "string"},
            "description": {"type": "string"},
            "details": details()
        }
    })
}

fn interop_error() -> Value {
    json!({
        "description": "An error in the format of the Interop contract.",
        "type": "object",
        "required": ["code", "reason"],
        "properties": {
            "code": {"type": "string"},
            "reason": {"type": "string"},
            "message": {"type": "string"},
            "status": {"type": "string"},
            "@type": {"type": "string", "enum": ["Error"]},
            "details": details()
        }
    })
}

pub(super) fn details() -> Value {
    json!({
        "description": "All faults of the body.",
        "type": "array",
        "items": {
            "type": "object",
            "required": ["pointer", "code", "reason"],
            "properties": {
                "pointer": {"type": "string", "description": "Location of the fault: a JSON pointer (RFC 6901)."},
                "code": {"type": "integer"},
                "reason": {"type": "string"}
            }
        }
    })
}

/// Returns every schema of a dialect.
pub(super) fn all(dialect: Dialect) -> Value {
    let ticket = ticket(dialect);
    let mut partial_ticket = partial(&ticket);
    if dialect.always_shows_id() {
        partial_ticket["required"] = json!(["id"]);
    }
    json!({
        "PartialTicket": partial_ticket,
        "Ticket": ticket,
        "NewTicket": new_ticket(),
        "TicketChange": ticket_change(),
        "StatusChange": status_change(dialect),
        "RelatedBuilding": related_building(dialect),
        "RelatedParty": related_party(),
        "RelatedTicket": related_ticket(),
        "Company": company(),
        "Building": building(),
        "Address": address(),
        "GeographicPoint": point(),
        "Issues": issues(dialect),
        "Finding": finding(),
        "Error": if dialect == Dialect::Orange10 { gateway_error() } else { interop_error() }
    })
}

fn one_of<T: Copy>(all: &[T], text: fn(T) -> &'static str) -> Value {
    json!({"type": "string", "enum": all.iter().map(|value| text(*value)).collect::<Vec<_>>()})
}

fn list(schema: &str) -> Value {
    json!({"type": "array", "items": reference(schema)})
}

fn described(mut schema: Value, description: &str) -> Value {
    schema["description"] = description.into();
    schema
}

fn date_time() -> Value {
    json!({"type": "string", "format": "date-time", "examples": ["2025-01-14T13:17:58.078+00:00"]})
}

/// Returns the schema of a first-level member, without null.
fn member(name: &str, origin: Origin) -> Value {
    match origin {
        Origin::Duration(_) => {
            return described(
                json!({"type": "integer", "minimum": 0}),
                "Duration, in seconds. Increases until the status changes.",
            );
        }
        Origin::History => return list("StatusChange"),
        Origin::Buildings => return list("RelatedBuilding"),
        Origin::Parties => return list("RelatedParty"),
        Origin::Issues => return reference("Issues"),
        Origin::Href | Origin::SchemaLocation => return json!({"type": "string", "format": "uri"}),
        Origin::BaseType => return json!({"type": "string"}),
        Origin::Kept => {}
    }
    match name {
        "@type" => one_of(Kind::ALL, Kind::as_str),
        "id" | "@version" => json!({"type": "string", "format": "uuid"}),
        "status" => one_of(Status::ALL, Status::as_str),
        "statusChangeReason" => one_of(Reason::ALL, Reason::as_str),
        "priority" => one_of(Priority::ALL, Priority::as_str),
        "complexity" => {
            described(one_of(Complexity::ALL, Complexity::as_str), "Set by the OI at qualification.")
        }
        "zone" => described(one_of(Zone::ALL, Zone::as_str), "Set by the OI at qualification."),
        "ticketType" => one_of(Asker::ALL, Asker::as_str),
        "code_oi" | "code_oc" | "statusAuthor" => json!({"type": "string", "pattern": "^[A-Z0-9]{4}$"}),
        "siren" => json!({"type": "string", "pattern": "^[0-9]{9}$"}),
        "siret" => json!({"type": "string", "pattern": "^[0-9]{14}$"}),
        "sizeRefs" => {
            described(json!({"type": "integer", "minimum": 0}), "Number of buildings in the ticket.")
        }
        "building" => reference("Building"),
        name if name.ends_with("Date") => date_time(),
        _ => json!({"type": "string"}),
    }
}

fn ticket(dialect: Dialect) -> Value {
    let mut properties = Map::new();
    for &(name, origin) in dialect.members() {
        let schema = member(name, origin);
        let nullable = dialect.prints_null() && name != "building";
        let schema = if nullable { json!({"anyOf": [schema, {"type": "null"}]}) } else { schema };
        properties.insert(name.to_owned(), schema);
    }
    properties.insert(
        "findings".to_owned(),
        described(
            list("Finding"),
            "Findings of the checks. Present only for the OI, and only if there are any.",
        ),
    );
    let description = if dialect.prints_null() {
        "Members without a value are null. Members that the contract does not define are returned unchanged."
    } else {
        "Members without a value are absent. Members that the contract does not define are returned unchanged."
    };
    json!({
        "description": description,
        "type": "object",
        "required": required(dialect),
        "properties": properties,
        "examples": [examples::ticket(dialect)]
    })
}

/// Members of a ticket that have no value in some tickets, in the Interop contract.
const OPTIONAL: &[&str] = &[
    "name",
    "description",
    "statusChangeReason",
    "statusChangeDetails",
    "requestedResolutionDate",
    "expectedResolutionDate",
    "resolutionDate",
    "externalId",
    "priority",
    "severity",
    "complexity",
    "zone",
    "siren",
    "siret",
    "sizeRefs",
    "relatedEntity",
    "relatedParty",
    "issues",
];

/// Returns the members that every ticket of a dialect has.
fn required(dialect: Dialect) -> Vec<&'static str> {
    let names = dialect.members().iter().map(|(name, _)| *name);
    let always = |name: &&str| *name != "building" && (dialect.prints_null() || !OPTIONAL.contains(name));
    names.filter(always).collect()
}

/// Returns the schema of the body with which an OC opens a ticket.
fn new_ticket() -> Value {
    let mut ticket = members_of_new_ticket();
    if let (Some(ticket), Value::Object(conditions)) = (ticket.as_object_mut(), requirements()) {
        ticket.extend(conditions);
    }
    ticket
}

/// Returns the members that each kind of ticket requires, as a chain of conditions.
///
/// Client generators ignore such conditions.
fn requirements() -> Value {
    let building = |required: &[&str]| demands(required, json!({}));
    let single = json!({"minItems": 1, "maxItems": 1});
    let unused_issues = json!({"maxProperties": 0});
    // The building to correct is in relatedEntity; `building` may only repeat its id.
    let unused_building = json!({"propertyNames": {"enum": ["id"]}});
    let housings = NB_LOGEMENTS[0].key;
    let of = |kind: Kind| match kind {
        Kind::Creation => demands(
            &["building"],
            json!({
                "building": building(&["address", "geographicLocation", "newConstruction", "type"]),
                "issues": unused_issues
            }),
        ),
        Kind::NewBuilding => demands(
            &["building", "relatedEntity"],
            json!({
                "building": building(&["name", "geographicLocation", "newConstruction", "type"]),
                "relatedEntity": single,
                "issues": unused_issues
            }),
        ),
        Kind::Modification => demands(
            &["relatedEntity", "issues"],
            json!({
                "relatedEntity": {"minItems": 1},
                "issues": {"minProperties": 1},
                "building": unused_building
            }),
        ),
        Kind::NbLogements => demands(
            &["relatedEntity", "issues"],
            json!({
                "relatedEntity": single,
                "issues": demands(&[housings], json!({housings: demands(&["value"], json!({}))})),
                "building": unused_building
            }),
        ),
    };
    Kind::ALL.iter().rev().fold(json!({}), |otherwise, &kind| {
        json!({
            "if": demands(&["@type"], json!({"@type": {"const": kind.as_str()}})),
            "then": of(kind),
            "else": otherwise
        })
    })
}

fn members_of_new_ticket() -> Value {
    let label = || json!({"type": "string", "maxLength": MAX_LABEL});
    json!({
        "description": "Further required members depend on @type. A creation and a newBuilding describe a building. A \
                        modification and an nbLogements list buildings and their corrections.",
        "type": "object",
        "required": ["@type", "code_oi", "code_oc"],
        "properties": {
            "@type": one_of(Kind::ALL, Kind::as_str),
            "code_oi": member("code_oi", Origin::Kept),
            "code_oc": described(member("code_oc", Origin::Kept), "Code of the caller's own operator."),
            "name": label(),
            "description": {"type": "string", "maxLength": MAX_TEXT},
            "severity": label(),
            "priority": member("priority", Origin::Kept),
            "externalId": label(),
            "requestedResolutionDate": date_time(),
            "ticketType": member("ticketType", Origin::Kept),
            "siren": member("siren", Origin::Kept),
            "siret": member("siret", Origin::Kept),
            "relatedEntity": list("RelatedBuilding"),
            "relatedParty": list("RelatedParty"),
            "issues": reference("Issues"),
            "building": reference("Building")
        },
        "examples": [{
            "@type": "AnomalieAdresse.modification",
            "code_oi": "FTEL",
            "code_oc": "SFRA",
            "relatedEntity": [{"id": "IMB/09001/X/000E"}],
            "issues": {"building.address.streetNr": {"value": ["12"]}}
        }]
    })
}

/// Returns the schema of the body of a change to a ticket.
fn ticket_change() -> Value {
    let mut properties = match members_of_new_ticket()["properties"].take() {
        Value::Object(properties) => properties,
        _ => Map::new(),
    };
    for (name, schema) in [
        ("status", one_of(Status::ALL, Status::as_str)),
        ("statusChangeReason", one_of(Reason::ALL, Reason::as_str)),
        ("statusChangeDetails", json!({"type": "string", "maxLength": MAX_TEXT})),
        ("expectedResolutionDate", date_time()),
        ("complexity", one_of(Complexity::ALL, Complexity::as_str)),
        ("zone", one_of(Zone::ALL, Zone::as_str)),
    ] {
        properties.insert(name.to_owned(), schema);
    }
    for schema in properties.values_mut() {
        *schema = json!({"anyOf": [schema.take(), {"type": "null"}]});
    }
    json!({
        "description": "A change of status (status, statusChangeReason, statusChangeDetails and the members that the life \
                        cycle requires), an edit of members that the caller owns, or both. In a PATCH, null removes a \
                        member. Members that the caller does not own are ignored.",
        "type": "object",
        "properties": properties,
        "examples": [{
            "status": "IN_PROGRESS",
            "expectedResolutionDate": "2025-01-21T12:00:00Z",
            "complexity": "SIMPLE",
            "zone": "ZMD"
        }]
    })
}

fn related_party() -> Value {
    json!({
        "description": "A party of the ticket, unchanged from the request of the OC.",
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string", "maxLength": MAX_LABEL}}
    })
}

fn related_ticket() -> Value {
    json!({
        "description": "The ticket of a note or of an attachment.",
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "@type": {"type": "string"},
            "@baseType": {"type": "string"},
            "@referredType": {"type": "string"}
        }
    })
}

fn company() -> Value {
    json!({
        "description": "A company related to the building.",
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": MAX_LABEL},
            "siren": member("siren", Origin::Kept),
            "siret": member("siret", Origin::Kept)
        }
    })
}

fn status_change(dialect: Dialect) -> Value {
    let mut properties = Map::from_iter([
        ("status".to_owned(), one_of(Status::ALL, Status::as_str)),
        ("changeDate".to_owned(), date_time()),
        ("@type".to_owned(), json!({"type": "string", "enum": ["StatusChange"]})),
        ("@baseType".to_owned(), json!({"type": "string", "enum": ["StatusChange"]})),
        ("@schemaLocation".to_owned(), json!({"type": "string", "format": "uri"})),
    ]);
    if dialect == Dialect::Interop20 {
        properties.insert("changeReason".to_owned(), one_of(Reason::ALL, Reason::as_str));
        properties.insert("changeDetails".to_owned(), json!({"type": "string"}));
        properties.insert("author".to_owned(), json!({"type": "string"}));
    }
    json!({"type": "object", "required": ["status", "changeDate"], "properties": properties})
}

fn related_building(dialect: Dialect) -> Value {
    let mut properties = Map::new();
    properties.insert("id".to_owned(), json!({"type": "string", "minLength": 1, "maxLength": 30}));
    let others: &[&str] = match dialect {
        Dialect::Orange10 => &["@type", "@baseType", "@referredType"],
        Dialect::Interop20 => &["href", "name", "@type", "@baseType", "@referredType", "role"],
    };
    for name in others {
        properties.insert((*name).to_owned(), json!({"type": "string"}));
    }
    json!({"type": "object", "required": ["id"], "properties": properties})
}

fn building() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "maxLength": 30, "description": "Identifier of the building, set by the OI at resolution."},
            "name": {"type": "string", "maxLength": MAX_LABEL},
            "type": {"type": "string", "enum": ["PAVILLON", "IMMEUBLE"]},
            "address": reference("Address"),
            "geographicLocation": {"type": "array", "minItems": 1, "items": reference("GeographicPoint")},
            "newConstruction": {"type": "boolean"},
            "housingsNumber": {"type": "integer", "minimum": 0},
            "plot": {"type": "string", "pattern": "^[0-9A-Z]+$"},
            "pm": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "maxLength": 20}}},
            "neighbor": reference("RelatedBuilding"),
            "realEstateDeveloper": reference("Company"),
            "realEstateLessor": reference("Company")
        }
    })
}

fn address() -> Value {
    let text = || json!({"type": "string"});
    let hexacle = || json!({"type": "string", "minLength": 10, "maxLength": 10});
    json!({
        "type": "object",
        "properties": {
            "postcode": text(), "city": text(), "streetType": text(), "streetName": text(), "streetNr": text(),
            "streetNrSuffix": text(), "code_insee": text(), "code_rivoli": text(), "code_ban": text(),
            "code_hexacle": hexacle(), "code_hexacle_voie": hexacle()
        }
    })
}

fn point() -> Value {
    // The server accepts the usual spelling of RFG93 too.
    let systems: Vec<&str> = Projection::ALL.into_iter().map(Projection::as_str).chain(["RGF93"]).collect();
    json!({
        "type": "object",
        "required": ["x", "y", "type"],
        "properties": {
            "x": {"type": "number", "description": "Longitude or easting."},
            "y": {"type": "number", "description": "Latitude or northing."},
            "z": {"type": "number"},
            "type": {"type": "string", "enum": systems}
        }
    })
}

fn issues(dialect: Dialect) -> Value {
    let properties: Map<String, Value> = MODIFICATION
        .iter()
        .chain(NB_LOGEMENTS)
        .map(|row| {
            let schema = issue(row);
            let schema = match dialect {
                Dialect::Orange10 => json!({"anyOf": [schema, {"type": "null"}]}),
                Dialect::Interop20 => schema,
            };
            (row.key.to_owned(), schema)
        })
        .collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn issue(row: &IssueKey) -> Value {
    let one = match row.value {
        ValueKind::Text => json!({"type": "string"}),
        ValueKind::TextOf(length) => json!({"type": "string", "minLength": length, "maxLength": length}),
        ValueKind::TextUpTo(max) => json!({"type": "string", "maxLength": max}),
        ValueKind::Point => reference("GeographicPoint"),
        ValueKind::Count => json!({"type": "integer", "minimum": 0}),
    };
    let value = match row.arity {
        Arity::Common => json!({"anyOf": [one, {"type": "null"}]}),
        Arity::PerBuilding => json!({"anyOf": [{"type": "array", "items": one}, one, {"type": "null"}]}),
    };
    let mut properties = Map::from_iter([
        ("value".to_owned(), value),
        ("description".to_owned(), json!({"type": ["string", "null"]})),
    ]);
    if row.blankable {
        properties.insert("toBlank".to_owned(), json!({"type": "boolean"}));
    }
    let per = match row.arity {
        Arity::Common => "one value for all buildings",
        Arity::PerBuilding => "one value per building, in the order of relatedEntity",
    };
    json!({
        "type": "object",
        "description": format!("IPE: {}; {per}.", row.columns.join(", ")),
        "properties": properties
    })
}

fn finding() -> Value {
    json!({
        "description": "Result of a check that does not cause the ticket to be refused.",
        "type": "object",
        "required": ["severity", "code", "pointer", "message"],
        "properties": {
            "severity": {"type": "string", "enum": ["warning", "info"]},
            "code": {"type": "string"},
            "pointer": {"type": "string"},
            "message": {"type": "string"}
        }
    })
}

#[cfg(test)]
mod tests {
    use epissure_testkit::fixtures;

    use super::*;

    /// Returns true if the schema of a dialect accepts a new ticket.
    fn accepts(dialect: Dialect, ticket: &Value) -> bool {
        let whole = json!({
            "$ref": "#/components/schemas/NewTicket",
            "components": {"schemas": all(dialect)}
        });
        jsonschema::options().build(&whole).unwrap().is_valid(ticket)
    }

    #[test]
    fn a_new_ticket_has_the_members_that_its_kind_requires() {
        for dialect in [Dialect::Orange10, Dialect::Interop20] {
            for (ticket, needs) in [
                (fixtures::creation(), ["/building", "/building/address", "/building/type"].as_slice()),
                (fixtures::new_building(), &["/building", "/building/name", "/relatedEntity"]),
                (fixtures::modification(), &["/relatedEntity", "/issues"]),
                (
                    fixtures::nb_logements(),
                    &["/relatedEntity", "/issues", "/issues/building.housingsNumber/value"],
                ),
            ] {
                assert!(accepts(dialect, &ticket), "{ticket}");
                for pointer in needs {
                    let (parent, name) = pointer.rsplit_once('/').unwrap();
                    let mut less = ticket.clone();
                    let parent = less.pointer_mut(parent).unwrap().as_object_mut().unwrap();
                    parent.remove(name).unwrap_or_else(|| panic!("{pointer} is not there"));
                    assert!(!accepts(dialect, &less), "{pointer}: {less}");
                }
                let (other, unused) = match ticket.get("building") {
                    Some(_) => ("issues", json!({"building.name": {"value": ["A"]}})),
                    None => ("building", json!({"name": "A"})),
                };
                let mut more = ticket.clone();
                more[other] = unused;
                assert!(!accepts(dialect, &more), "{more}");
            }
        }
    }
}
