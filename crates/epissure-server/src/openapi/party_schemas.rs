//! JSON schemas of parties, made from the tables of their members.

use epissure_protocol::party::MEDIA;
use epissure_protocol::party::members::{INDIVIDUAL, Kind, Member, ORGANIZATION, TYPING};
use serde_json::{Map, Value, json};

use super::parts::reference;
use super::schemas::{details, gateway_error};

pub(super) fn all() -> Value {
    let mut individual = with_media(object(INDIVIDUAL, false));
    let medium = individual.pointer_mut("/properties/contactMedium/items").map(Value::take);
    individual["properties"]["contactMedium"] = json!({"type": "array", "items": reference("ContactMedium")});
    let members = individual["properties"].as_object().into_iter().flatten();
    let patched: Map<String, Value> =
        members.map(|(name, schema)| (name.clone(), json!({"anyOf": [schema, {"type": "null"}]}))).collect();
    json!({
        "Organization": shown(object(ORGANIZATION, false), json!({
            "id": "056a5d86-fc14-4361-94d9-014c8d7bc0fe",
            "href": "http://localhost:8080/organization/056a5d86-fc14-4361-94d9-014c8d7bc0fe",
            "name": "1.0 ACOLA",
            "tradingName": "Acola",
            "isHeadOffice": true,
            "organizationIdentification": [{"identificationType": "siren", "identificationId": "732829320"}],
            "@type": "Organization"
        })),
        "Individual": shown(individual.clone(), json!({
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
        "NewIndividual": new_individual(individual),
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

/// An object; a member that must be there may still not be asked for, so that answers require none.
fn object(members: &[Member], nested: bool) -> Value {
    let mut properties: Map<String, Value> =
        members.iter().map(|member| (member.name.to_owned(), value(member.kind))).collect();
    if !nested {
        let typing = TYPING.iter().map(|member| (member.name.to_owned(), value(member.kind)));
        properties.extend(typing);
    }
    json!({"type": "object", "properties": properties})
}

fn value(kind: Kind) -> Value {
    match kind {
        Kind::Text(max) => json!({"type": "string", "maxLength": max}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Integer => json!({"type": "integer"}),
        Kind::Number => json!({"type": "number"}),
        Kind::Instant => json!({"type": "string", "format": "date-time"}),
        Kind::OneOf(words) => json!({"type": "string", "enum": words}),
        Kind::Object(members) => object(members, true),
        Kind::Objects(members) => json!({"type": "array", "items": object(members, true)}),
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
