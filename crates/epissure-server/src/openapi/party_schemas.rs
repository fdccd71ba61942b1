//! JSON schemas of parties, generated from the tables of their members.

use epissure_protocol::party::MEDIA;
use epissure_protocol::party::members::{INDIVIDUAL, Kind, Member, ORGANIZATION, TYPING};
use serde_json::{Map, Value, json};

use super::parts::{demands, reference};
use super::schemas::{details, gateway_error};

pub(super) fn all() -> Value {
    let (individual, medium) = individual(Use::Shown, "ContactMedium");
    let (sent, mut sent_medium) = self::individual(Use::Sent, "NewContactMedium");
    sent_medium["required"] = json!(["mediumType", "characteristic"]);
    sent_medium["properties"]["characteristic"]["required"] = json!(["contactType"]);
    if let (Some(medium), Value::Object(conditions)) = (sent_medium.as_object_mut(), requirements_of_media())
    {
        medium.extend(conditions);
    }
    let members = sent["properties"].as_object().into_iter().flatten();
    let patched: Map<String, Value> = members
        .map(|(name, schema)| {
            let required = INDIVIDUAL.iter().any(|member| member.required && member.name == name);
            let removable = || json!({"anyOf": [schema, {"type": "null"}]});
            (name.clone(), if required { schema.clone() } else { removable() })
        })
        .collect();
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
            "description": "A merge patch (RFC 7396). A member replaces the present value, null removes it, and an array \
                            replaces the whole array. The result must satisfy the rules of a creation.",
            "type": "object",
            "properties": patched,
            "examples": [{"fullName": "Joe Dalton", "givenName": "Joe", "gender": null}]
        },
        "Error": error(),
        "GatewayError": gateway_error()
    })
}

/// Returns the schema of an individual, and the schema of its contact media, to which the first
/// refers by `name`.
fn individual(usage: Use, name: &str) -> (Value, Value) {
    let mut individual = with_media(object(INDIVIDUAL, usage));
    let media = json!({"type": "array", "items": reference(name)});
    let medium = individual["properties"]["contactMedium"]["items"].take();
    individual["properties"]["contactMedium"] = media;
    (individual, medium)
}

/// Returns the members that each row of the table of contact media requires, as a chain of
/// conditions.
///
/// Client generators ignore such conditions.
fn requirements_of_media() -> Value {
    let no_row = json!({"not": {}});
    MEDIA.iter().rev().fold(no_row, |otherwise, row| {
        let given =
            |member: &&str| demands(&[member], json!({*member: {"type": "string", "pattern": r"\S"}}));
        let needs = match row.needs {
            [only] => given(only),
            several => json!({
                "anyOf": several.iter().map(given).collect::<Vec<_>>(),
                "unevaluatedProperties": true
            }),
        };
        let contact = demands(&["contactType"], json!({"contactType": {"enum": row.contacts}}));
        json!({
            "if": demands(
                &["mediumType", "characteristic"],
                json!({"mediumType": {"const": row.medium}, "characteristic": contact})
            ),
            "then": demands(&["characteristic"], json!({"characteristic": needs})),
            "else": otherwise
        })
    })
}

/// Adds the values that the table of contact media permits.
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

/// Returns the schema of a party in a response.
fn shown(mut party: Value, example: Value) -> Value {
    party["examples"] = json!([example]);
    party["description"] =
        "Members that `fields` does not list, or that have no value, are absent. Members that TMF632 \
                            does not define are returned unchanged."
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
        "description": "fullName defaults to the given name followed by the family name. id and href are ignored.",
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

/// The use of a schema. `fields` may omit every member from a response, so responses require none.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Sent,
    Shown,
}

/// Returns the schema of a party.
fn object(members: &[Member], usage: Use) -> Value {
    let mut object = part(members, usage);
    for member in TYPING {
        object["properties"][member.name] = value(member.kind, usage);
    }
    if let Some(object) = object.as_object_mut() {
        // A patch requires no member of the party itself.
        object.remove("required");
    }
    object
}

/// Returns the schema of an object within a party.
fn part(members: &[Member], usage: Use) -> Value {
    let schema = |member: &Member| {
        let mut schema = value(member.kind, usage);
        match member.kind {
            // The pattern refuses blank text.
            Kind::Text(_) if member.required && usage == Use::Sent => schema["pattern"] = r"\S".into(),
            // The server treats null as an absent member.
            Kind::Any if member.required && usage == Use::Sent => schema["not"] = json!({"type": "null"}),
            _ => {}
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
        // The server parses 64-bit integers.
        Kind::Integer => json!({"type": "integer", "minimum": i64::MIN, "maximum": u64::MAX}),
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
        "description": "An error in the format of the Party page. Errors about tokens, access rights and headers have the \
                        format GatewayError instead.",
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

#[cfg(test)]
mod tests {
    use epissure_testkit::fixtures::directory;

    use super::*;

    /// Returns true if the schema of new individuals accepts an individual with this member.
    fn accepts(member: &str, value: Value) -> bool {
        let whole = json!({"$ref": "#/components/schemas/NewIndividual", "components": {"schemas": all()}});
        let mut individual = directory::jack();
        individual[member] = value;
        jsonschema::options().build(&whole).unwrap().is_valid(&individual)
    }

    #[test]
    fn a_contact_medium_has_what_its_row_of_the_table_needs() {
        let accepts = |medium: &str, characteristic: Value| {
            accepts("contactMedium", json!([{"mediumType": medium, "characteristic": characteristic}]))
        };
        for row in MEDIA {
            for contact in row.contacts {
                for need in row.needs {
                    assert!(accepts(row.medium, json!({"contactType": contact, (*need): "x"})), "{row:?}");
                }
                assert!(!accepts(row.medium, json!({"contactType": contact})), "{row:?}");
                assert!(
                    !accepts(row.medium, json!({"contactType": contact, (row.needs[0]): " "})),
                    "{row:?}"
                );
            }
        }
        assert!(!accepts("MAIL", json!({"contactType": "FAX", "faxNumber": "1", "emailAddress": "a@b"})));
        assert!(!accepts("MAIL", json!({"emailAddress": "a@b"})));
    }

    #[test]
    fn a_patch_removes_what_an_individual_may_lack() {
        let whole = json!({"$ref": "#/components/schemas/IndividualPatch", "components": {"schemas": all()}});
        let validator = jsonschema::options().build(&whole).unwrap();
        assert!(validator.is_valid(&json!({"title": null, "contactMedium": null})));
        assert!(!validator.is_valid(&json!({"familyName": null})));
    }

    #[test]
    fn the_parts_of_an_individual_have_what_the_server_requires() {
        let characteristic = |value: Value| accepts("partyCharacteristic", json!([value]));
        assert!(characteristic(json!({"name": "a", "value": false})));
        for refused in
            [json!({"value": 1}), json!({"name": " ", "value": 1}), json!({"name": "a", "value": null})]
        {
            assert!(!characteristic(refused.clone()), "{refused}");
        }
        assert!(!accepts("familyName", json!(" ")));
    }
}
