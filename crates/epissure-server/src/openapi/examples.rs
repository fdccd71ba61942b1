//! Examples of responses: resources rendered by the protocol crate, errors from the catalogue.

use epissure_protocol::dialect::Dialect;
use epissure_protocol::event::{self, EventKind};
use epissure_protocol::problem::{Code, Problem, Shape};
use epissure_protocol::refusal::Language;
use epissure_protocol::{attachment, note};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Base URL of the examples. Served documents name their own in `servers`.
const BASE_URL: &str = "http://localhost:8080";
const TICKET: &str = "22e61758-924d-4ad7-b259-e4fcb1ea8808";
const VERSION: &str = "a6b22c4a-8e16-41d0-beac-c5a4e1f0fdc9";
const AT: &str = "2025-01-14T13:17:58.078+00:00";

/// Adds an example to each JSON response of the paths that has none.
///
/// The example of an error is the first code of the catalogue in its description, in the format
/// `shape`. The example of any other response is the first example of its schema.
pub(super) fn complete(paths: &mut Value, schemas: &Value, shape: Shape) {
    let items = paths.as_object_mut().into_iter().flat_map(Map::values_mut);
    let operations = items.filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    let answers = operations.filter_map(|operation| operation.get_mut("responses")?.as_object_mut());
    for (status, answer) in answers.flatten() {
        let error = if status.as_str() < "400" { None } else { catalogued(&answer["description"], shape) };
        let Some(media) = answer.pointer_mut("/content/application~1json") else { continue };
        if media.get("example").is_none()
            && let Some(example) = error.or_else(|| of_schema(&media["schema"], schemas))
        {
            media["example"] = example;
        }
    }
}

/// Returns the body of the catalogue code whose number begins the description.
fn catalogued(description: &Value, shape: Shape) -> Option<Value> {
    let (number, _) = description.as_str()?.split_once(' ')?;
    let number: u16 = number.parse().ok()?;
    let code = Code::ALL.iter().find(|code| code.number() == number)?;
    Some(Problem::standard(*code).body(shape, Language::English))
}

fn of_schema(schema: &Value, schemas: &Value) -> Option<Value> {
    if let Some(name) = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next()) {
        return schemas[name]["examples"].get(0).cloned();
    }
    let items = schema.get("items")?;
    Some(json!([of_schema(items, schemas)?]))
}

fn address(dialect: Dialect) -> impl Fn(&str) -> String {
    move |id| format!("{BASE_URL}{}/{id}", dialect.mount())
}

fn instant() -> Timestamp {
    AT.parse().unwrap_or_default()
}

/// Returns the stored document of a newly opened ticket.
fn stored_ticket() -> String {
    json!({
        "@type": "AnomalieAdresse.modification",
        "id": TICKET,
        "@version": VERSION,
        "name": "AnomalieAdresse.modification IMB/09001/X/000E",
        "description": "The number is wrong",
        "status": "ACKNOWLEDGED",
        "statusAuthor": "SFRA",
        "statusChangeDate": AT,
        "creationDate": AT,
        "lastUpdateDate": AT,
        "code_oi": "FTEL",
        "code_oc": "SFRA",
        "ticketType": "OC_REQUEST",
        "priority": "LOW",
        "sizeRefs": 1,
        "relatedEntity": [{
            "id": "IMB/09001/X/000E",
            "@type": "RelatedEntity",
            "@baseType": "RelatedEntity",
            "@referredType": "Building",
            "role": "building"
        }],
        "issues": {"building.address.streetNr": {"value": ["12"]}},
        "statusChange": [{"status": "ACKNOWLEDGED", "changeDate": AT, "author": "SFRA"}]
    })
    .to_string()
}

fn related_ticket() -> Value {
    json!([{
        "id": TICKET,
        "@type": "RelatedEntity",
        "@baseType": "RelatedEntity",
        "@referredType": "AnomalieAdresse"
    }])
}

/// Returns the example of a ticket.
pub(super) fn ticket(dialect: Dialect) -> Value {
    let rendered = dialect.render(&stored_ticket(), None, instant(), &address(dialect), &|_| true);
    parsed(rendered.map(|rendered| rendered.json))
}

/// Returns the example of a note.
pub(super) fn note(dialect: Dialect) -> Value {
    let stored = json!({
        "@type": "Note",
        "@baseType": "Note",
        "@schemaLocation": note::SCHEMA,
        "id": "5b0c1f3e-6a52-4d0f-8f43-9a1f0e6d2c77",
        "date": AT,
        "author": "SFRA",
        "text": "The number is on the garden gate, not on the house.",
        "relatedEntity": related_ticket()
    });
    match stored {
        Value::Object(stored) => Value::Object(note::shown(stored, dialect)),
        other => other,
    }
}

/// Returns the example of an attachment that was checked.
pub(super) fn attachment(dialect: Dialect) -> Value {
    let stored = json!({
        "@type": "Attachment",
        "@baseType": "Attachment",
        "@version": VERSION,
        "id": "3f2a6c1e-8d7b-4b5a-9c0d-1e2f3a4b5c6d",
        "name": "plan.pdf",
        "mimeType": "application/pdf",
        "size": 0,
        "md5": "d41d8cd98f00b204e9800998ecf8427e",
        "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "status": "VALIDATED",
        "statusChange": [
            {"status": "PENDING", "changeDate": AT},
            {"status": "VALIDATED", "changeDate": AT}
        ],
        "creationDate": AT,
        "lastUpdateDate": AT,
        "author": "SFRA",
        "relatedEntity": related_ticket()
    });
    match stored {
        Value::Object(stored) => Value::Object(attachment::shown(stored, &address(dialect)(TICKET), dialect)),
        other => other,
    }
}

/// Returns the example of an event: an update of a ticket.
pub(super) fn event(dialect: Dialect) -> Value {
    let stored = format!(
        r#"{{"id":"01946503-3e5e-7c1a-8a4e-2d6f0b9c7e51","type":"{}","subject":"{TICKET}","time":"{AT}","data":{}}}"#,
        EventKind::Update.name(),
        stored_ticket()
    );
    parsed(event::render(&stored, dialect, BASE_URL, &address(dialect), &|_| true))
}

/// Parses a rendered text. Returns null when the stored text is invalid, which the tests of
/// examples detect.
fn parsed(text: serde_json::Result<String>) -> Value {
    text.and_then(|text| serde_json::from_str(&text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::DOCUMENTS;
    use super::*;

    #[test]
    fn each_json_answer_has_an_example_that_its_schema_accepts() {
        for document in DOCUMENTS {
            let made = document.make();
            let mut validators = HashMap::new();
            for (path, item) in made["paths"].as_object().unwrap() {
                for (method, operation) in item.as_object().unwrap() {
                    let answers = operation.get("responses").and_then(Value::as_object);
                    for (status, answer) in answers.into_iter().flatten() {
                        let Some(media) = answer.pointer("/content/application~1json") else { continue };
                        let at = format!("{}: {method} {path} {status}", document.path);
                        let example = media.get("example").unwrap_or_else(|| panic!("no example: {at}"));
                        let schema = &media["schema"];
                        let validator = validators.entry(schema.to_string()).or_insert_with(|| {
                            let whole = json!({"allOf": [schema], "components": made["components"]});
                            jsonschema::options().should_validate_formats(true).build(&whole).unwrap()
                        });
                        let errors: Vec<String> = validator
                            .iter_errors(example)
                            .map(|error| format!("{}: {error}", error.instance_path()))
                            .collect();
                        assert!(errors.is_empty(), "{at}: {errors:?}\n{example:#}");
                    }
                }
            }
        }
    }
}
