//! JSON schemas of parties, made from the tables of their members.

use epissure_protocol::party::MEDIA;
use epissure_protocol::party::members::{INDIVIDUAL, Kind, Member, ORGANIZATION, TYPING};
use serde_json::{Map, Value, json};

use super::parts::reference;
use super::schemas::{details, gateway_error};

pub(super) fn all() -> Value {
    let (individual, medium) = individual(Use::Shown, "ContactMedium");
    let (sent, mut sent_medium) = self::individual(Use::Sent, "NewContactMedium");
    sent_medium["required"] = json!(["mediumType", "characteristic"]);
    sent_medium["properties"]["characteristic"]["required"] = json!(["contactType"]);
    let members = sent["properties"].as_object().into_iter().flatten();
    let patched: Map<String, Value> =
        members.map(|(name, schema)| (name.clone(), json!({"anyOf": [schema, {"type": "null"}]}))).collect();
    json!({
        "Organization": shown(object(ORGANIZATION, Use::Shown), json!({
            "id": "056a5d86-fc14-4361-94d9-014c8d7bc0fe",
            "href": "http://localhost:8080/organization/056a5d86-fc14-4361-94d9-014c8d7bc0fe",
            "name": "1.0 ACOLA",
            "tradingName": "Acola",
            "isHeadOffice": true,
            "organizationIdentification": [{"identificationType": "siren", "identificationId": "732829320"}],
            "@type": "Organization"
        })),
        "Individual": shown(individual, json!({
            "id": "7c1d9f3e-2b4a-4c5d-8e6f-0a1b2c3d4e5f",
            "familyName": "Dalton",
            "fullName": "Jack Dalton",
            "givenName": "Jack",
            "contactMedium": [{
                "mediumType": "PHONE",
                "preferred": true,
                "characteristic": {"contactType": "MOBILE_OFFICE", "phoneNumber": "0600000004"}
            }],
            "@type": "Individual",
            "href": "/individual/7c1d9f3e-2b4a-4c5d-8e6f-0a1b2c3d4e5f"
        })),
        "ContactMedium": medium,
        "NewContactMedium": sent_medium,
        "NewIndividual": new_individual(sent),
        "IndividualPatch": {
            "description": "A merge patch (RFC 7396): members replace, null removes, arrays replace whole. What results \
                            must be what may be created.",
            "type": "object",
            "properties": patched,
            "examples": [{"fullName": "Joe Dalton", "givenName": "Joe", "gender": null}]
        },
        "Error": error(),
        "GatewayError": gateway_error()
    })
}

/// The schema of an individual, and that of its contact media, to which it refers by `name`.
fn individual(usage: Use, name: &str) -> (Value, Value) {
    let mut individual = with_media(object(INDIVIDUAL, usage));
    let media = json!({"type": "array", "items": reference(name)});
    let medium = individual["properties"]["contactMedium"]["items"].take();
    individual["properties"]["contactMedium"] = media;
    (individual, medium)
}

/// The words that the table of contact media allows.
fn with_media(mut individual: Value) -> Value {
    let mut words = |pointer: &str, words: Vec<&str>| {
        if let Some(schema) = individual.pointer_mut(pointer) {
            *schema = json!({"type": "string", "enum": words});
        }
    };
    let medium = "/properties/contactMedium/items/properties";
    let distinct = |mut words: Vec<&'static str>| {
        words.sort_unstable();
        words.dedup();
        words
    };
    words(&format!("{medium}/mediumType"), distinct(MEDIA.iter().map(|row| row.medium).collect()));
    let contacts = MEDIA.iter().flat_map(|row| row.contacts.iter().copied());
    words(&format!("{medium}/characteristic/properties/contactType"), distinct(contacts.collect()));
    individual
}

/// A party in an answer.
fn shown(mut party: Value, example: Value) -> Value {
    party["examples"] = json!([example]);
    party["description"] =
        "Members that are not asked for, or have no value, are absent. Members that TMF632 does not \
                            name come back as they were sent."
            .into();
    party["required"] = json!(["id", "href"]);
    party["properties"]["id"] = json!({"type": "string", "format": "uuid"});
    party["properties"]["href"] = json!({"type": "string"});
    party
}

fn new_individual(individual: Value) -> Value {
    let required: Vec<&str> =
        INDIVIDUAL.iter().filter(|member| member.required).map(|member| member.name).collect();
    json!({
        "description": "fullName defaults to the given name and the family name. id and href are ignored.",
        "type": "object",
        "required": required,
        "properties": individual["properties"],
        "examples": [{
            "familyName": "Dalton",
            "givenName": "Jack",
            "contactMedium": [{
                "mediumType": "PHONE",
                "preferred": true,
                "characteristic": {"contactType": "MOBILE_OFFICE", "phoneNumber": "0600000004"}
            }],
            "partyCharacteristic": [
                {"name": "Category", "valueType": "STRING", "value": "operatorInterlocutor"}
            ]
        }]
    })
}

/// The use of a schema. A member that a party must have may not be asked for, so answers require none.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Sent,
    Shown,
}

/// A party.
fn object(members: &[Member], usage: Use) -> Value {
    let mut object = part(members, usage);
    for member in TYPING {
        object["properties"][member.name] = value(member.kind, usage);
    }
    if let Some(object) = object.as_object_mut() {
        // A patch does not require the members of the party itself.
        object.remove("required");
    }
    object
}

/// An object within a party.
fn part(members: &[Member], usage: Use) -> Value {
    let schema = |member: &Member| {
        let mut schema = value(member.kind, usage);
        if member.required && usage == Use::Sent && matches!(member.kind, Kind::Text(_)) {
            // Not blank.
            schema["pattern"] = r"\S".into();
        }
        (member.name.to_owned(), schema)
    };
    let properties: Map<String, Value> = members.iter().map(schema).collect();
    let mut object = json!({"type": "object", "properties": properties});
    let required: Vec<&str> =
        members.iter().filter(|member| member.required).map(|member| member.name).collect();
    if usage == Use::Sent && !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

fn value(kind: Kind, usage: Use) -> Value {
    match kind {
        Kind::Text(max) => json!({"type": "string", "maxLength": max}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Integer => json!({"type": "integer"}),
        Kind::Number => json!({"type": "number"}),
        Kind::Instant => json!({"type": "string", "format": "date-time"}),
        Kind::OneOf(words) => json!({"type": "string", "enum": words}),
        Kind::Object(members) => part(members, usage),
        Kind::Objects(members) => json!({"type": "array", "items": part(members, usage)}),
        Kind::Any => json!({}),
    }
}

fn error() -> Value {
    json!({
        "description": "An error as the Party page prints it. Errors of a token, of its rights and of a header have the \
                        gateway's shape instead.",
        "type": "object",
        "required": ["code", "message", "reason", "@type"],
        "properties": {
            "code": {"type": "string"},
            "message": {"type": "string"},
            "reason": {"type": "string"},
            "@type": {"type": "string", "enum": ["Error"]},
            "details": details()
        }
    })
}
