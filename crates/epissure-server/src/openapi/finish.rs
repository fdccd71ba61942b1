//! Additions to every operation of every contract: a name for generated clients, common responses
//! and their headers, examples, and links from a creation to the operations on the new resource.

use epissure_protocol::problem::{Code, Problem, Shape};
use epissure_protocol::refusal::Language;
use serde_json::{Map, Value, json};

use super::parts::{answer_header, content, reference};

/// End of a path, method, name of the operation. Names of the official contract are used where they
/// exist.
const NAMES: &[(&str, &str, &str)] = &[
    ("/anomalie-adresse", "get", "getAllAnomalieAdresses"),
    ("/anomalie-adresse", "head", "countAnomalieAdresses"),
    ("/anomalie-adresse", "post", "createAnomalieAdresse"),
    ("/anomalie-adresse/{id}", "get", "getAnomalieAdresse"),
    ("/anomalie-adresse/{id}", "put", "updateAnomalieAdresse"),
    ("/anomalie-adresse/{id}", "patch", "partialUpdateAnomalieAdresse"),
    ("/note", "get", "getAnomalieAdresseNotes"),
    ("/note", "head", "countAnomalieAdresseNotes"),
    ("/note", "post", "createAnomalieAdresseNote"),
    ("/attachment", "get", "getAnomalieAdresseAttachments"),
    ("/attachment", "head", "countAnomalieAdresseAttachments"),
    ("/attachment", "post", "createAnomalieAdresseAttachment"),
    ("/attachment/{attachment}", "get", "getAnomalieAdresseAttachment"),
    ("/content", "get", "downloadAnomalieAdresseAttachment"),
    ("/content", "post", "addAnomalieAdresseAttachmentChunk"),
    ("/finalize", "post", "finalizeAnomalieAdresseAttachment"),
    ("/event", "get", "getAnomalieAdresseEvents"),
    ("/event", "head", "countAnomalieAdresseEvents"),
    ("/event", "post", "receiveAnomalieAdresseEvent"),
    ("/event", "options", "consentToAnomalieAdresseEvents"),
    ("/organization", "get", "listOrganizations"),
    ("/organization", "head", "countOrganizations"),
    ("/organization/{id}", "get", "getOrganization"),
    ("/organizations/{id}", "get", "followOrganizationReference"),
    ("/individual", "get", "listIndividuals"),
    ("/individual", "head", "countIndividuals"),
    ("/individual", "post", "createIndividual"),
    ("/individual/{id}", "get", "getIndividual"),
    ("/individual/{id}", "put", "updateIndividual"),
    ("/individual/{id}", "patch", "patchIndividual"),
    ("/individual/{id}", "delete", "deleteIndividual"),
    ("/individuals/{id}", "get", "followIndividualReference"),
    ("/oauth/v2/token", "post", "obtainTokenV2"),
    ("/oauth/v3/token", "post", "obtainTokenV3"),
    ("/oauth/revoke", "post", "revokeToken"),
    ("/oauth/introspect", "post", "introspectToken"),
    ("/.well-known/oauth-authorization-server", "get", "getAuthorizationServerMetadata"),
];

/// Tags and their descriptions.
const TAGS: &[(&str, &str)] = &[
    ("AnomalieAdresse", "Tickets about address anomalies, with their notes, attachments and events."),
    ("Organization", "Organizations, visible to every caller."),
    ("Individual", "Individuals of the caller's operator."),
    ("OAuth2", "Access tokens for programs."),
];

/// Examples of parameters, by name.
const PARAMETERS: &[(&str, &str)] = &[
    ("id", "22e61758-924d-4ad7-b259-e4fcb1ea8808"),
    ("attachment", "3f2a6c1e-8d7b-4b5a-9c0d-1e2f3a4b5c6d"),
    ("cursor", "eyJxIjoi"),
    ("sort", "-creationDate"),
    ("Idempotency-Key", "6f1e7c2a-0b5d-4c7e-9a51-2f4f0c8d9b10"),
    ("Prefer", "handling=strict"),
    ("If-Match", "\"a6b22c4a-8e16-41d0-beac-c5a4e1f0fdc9\""),
    ("If-None-Match", "\"a6b22c4a-8e16-41d0-beac-c5a4e1f0fdc9\""),
    ("If-Modified-Since", "Tue, 14 Jan 2025 13:17:58 GMT"),
    ("If-Unmodified-Since", "Tue, 14 Jan 2025 13:17:58 GMT"),
    ("If-Range", "\"a6b22c4a-8e16-41d0-beac-c5a4e1f0fdc9\""),
    ("Range", "bytes=0-1023"),
    ("Last-Event-ID", "22e61758-924d-4ad7-b259-e4fcb1ea8808"),
    ("WebHook-Request-Origin", "oi.example"),
    ("webhook-id", "msg_22e61758"),
    ("webhook-timestamp", "1736860678"),
    ("webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
];

/// Completes the paths of a contract whose errors are of `shape`.
pub(super) fn finish(paths: &mut Value, schemas: &Value, shape: Shape) {
    for (path, item) in paths.as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if method == "parameters" {
                operation.as_array_mut().into_iter().flatten().for_each(exemplify);
                continue;
            }
            let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
            parameters.into_iter().flatten().for_each(exemplify);
            name(path, method, operation);
            answers(path, operation, &|code| error_schema(schemas, shape, code));
        }
    }
}

/// Returns the tags of the operations of the paths.
pub(super) fn tags(paths: &Value) -> Value {
    let text = paths.to_string();
    let used = TAGS.iter().filter(|(tag, _)| text.contains(&format!("\"tags\":[\"{tag}\"]")));
    used.map(|(name, description)| json!({"name": name, "description": description})).collect()
}

fn exemplify(parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    if parameter.get("description").is_none() {
        parameter["description"] =
            format!("Identifier of the {}.", if name == "id" { "resource" } else { &name }).into();
    }
    let given = PARAMETERS.iter().find(|(known, _)| *known == name).map(|(_, example)| json!(example));
    let schema = &parameter["schema"];
    let example = given.unwrap_or_else(|| match schema["type"].as_str() {
        Some("integer") => schema.get("default").cloned().unwrap_or_else(|| json!(10)),
        Some("boolean") => json!(true),
        Some("array") => json!(["id"]),
        Some("object") => json!({"status[in]": "ACKNOWLEDGED,PENDING"}),
        _ => schema["enum"]
            .get(0)
            .cloned()
            .unwrap_or_else(|| json!(if name.ends_with('*') { "Dal*" } else { "Dalton" })),
    });
    if parameter.get("example").is_none() {
        parameter["example"] = example;
    }
}

fn name(path: &str, method: &str, operation: &mut Value) {
    let named = NAMES.iter().filter(|(end, of, _)| *of == method && path.ends_with(end));
    // The longest end is the most specific.
    if let Some((_, _, name)) = named.max_by_key(|(end, ..)| end.len()) {
        operation["operationId"] = (*name).into();
    }
    if operation.get("description").is_none() {
        operation["description"] = format!("{}.", operation["summary"].as_str().unwrap_or_default()).into();
    }
}

/// Adds the responses common to all requests, and the headers of each response.
fn answers(path: &str, operation: &mut Value, error: &dyn Fn(Code) -> Value) {
    let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let has_body = operation.get("requestBody").is_some();
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    let mut add = |status: &str, code: Code, more: &str| {
        let description = format!("{} {}{more}", code.number(), code.title());
        responses
            .entry(status)
            .or_insert_with(|| json!({"description": description, "content": content(&error(code))}));
    };
    add("405", Code::MethodNotAllowed, "; Allow lists the methods of the path");
    add("431", Code::InvalidHeader, ": the headers exceed the limit of the server");
    if has_body {
        add("501", Code::NotImplemented, ": a transfer coding other than chunked");
    }
    for (status, response) in responses.iter_mut() {
        let headers = response["headers"].as_object().cloned().unwrap_or_default();
        response["headers"] = Value::Object(common_headers(status, headers));
    }
    let links = links(path, &name);
    if let Some(links) = links
        && let Some(created) = responses.get_mut("201")
    {
        created["links"] = links;
    }
}

/// Returns the schema of the body of a code.
fn error_schema(schemas: &Value, shape: Shape, code: Code) -> Value {
    let gateway = Problem::standard(code).body(shape, Language::English)["code"].is_number();
    reference(if gateway && schemas.get("GatewayError").is_some() { "GatewayError" } else { "Error" })
}

fn common_headers(status: &str, mut headers: Map<String, Value>) -> Map<String, Value> {
    let mut add = |name: &str, description: &str, kind: &str| {
        headers.entry(name).or_insert_with(|| answer_header(description, kind));
    };
    add("X-OAPI-Request-Id", "Identifier of the request, as recorded in the log of the server.", "string");
    if matches!(status, "401" | "403") {
        add("WWW-Authenticate", "Challenge, with the reason for the refusal (RFC 6750 section 3).", "string");
    }
    if matches!(status, "403" | "503") {
        add(
            "Retry-After",
            "Delay before the next attempt, in seconds, when a quota or the load caused the refusal.",
            "integer",
        );
    }
    if status == "405" {
        add("Allow", "Methods of the path.", "string");
    }
    headers
}

/// Returns the links from a created resource to the operations on it.
fn links(path: &str, operation: &str) -> Option<Value> {
    let targets: &[&str] = match operation {
        "createAnomalieAdresse" => &[
            "getAnomalieAdresse",
            "getAnomalieAdresseNotes",
            "createAnomalieAdresseNote",
            "getAnomalieAdresseAttachments",
        ],
        "createIndividual" => &["getIndividual", "deleteIndividual"],
        "createAnomalieAdresseAttachment" => &["getAnomalieAdresseAttachment"],
        _ => return None,
    };
    let parameters = if path.ends_with("/attachment") {
        json!({"id": "$request.path.id", "attachment": "$response.body#/id"})
    } else {
        json!({"id": "$response.body#/id"})
    };
    let link =
        |target: &&str| ((*target).to_owned(), json!({"operationId": target, "parameters": parameters}));
    Some(targets.iter().map(link).collect::<Map<_, _>>().into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::DOCUMENTS;
    use super::*;

    /// Returns each operation of a document, with its method and path.
    fn operations(document: &Value) -> Vec<(String, Value)> {
        let items = document["paths"].as_object().unwrap().iter();
        items
            .flat_map(|(path, item)| {
                let operations =
                    item.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters");
                operations.map(move |(method, operation)| (format!("{method} {path}"), operation.clone()))
            })
            .collect()
    }

    #[test]
    fn each_operation_has_a_name_of_its_own_a_description_and_a_tag_that_is_described() {
        let mut count = 0;
        for document in DOCUMENTS {
            let made = document.make();
            let mut names = HashSet::new();
            for (at, operation) in operations(&made) {
                count += 1;
                let name =
                    operation["operationId"].as_str().unwrap_or_else(|| panic!("{at} has no operationId"));
                assert!(names.insert(name.to_owned()), "{name} twice in {}", document.path);
                assert!(operation["description"].is_string(), "{at}");
                let tag = &operation["tags"][0];
                assert!(
                    made["tags"].as_array().unwrap().iter().any(|known| known["name"] == *tag),
                    "{at}: {tag}"
                );
            }
        }
        assert_eq!(count, 57);
    }

    #[test]
    fn each_answer_names_its_request_and_each_parameter_has_an_example() {
        for document in DOCUMENTS {
            for (at, operation) in operations(&document.make()) {
                for (status, response) in operation["responses"].as_object().unwrap() {
                    assert!(response["headers"]["X-OAPI-Request-Id"].is_object(), "{at} {status}");
                }
                for status in ["405", "431"] {
                    assert!(operation["responses"][status].is_object(), "{at} {status}");
                }
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    assert!(parameter.get("example").is_some(), "{at} {}", parameter["name"]);
                    assert!(parameter.get("description").is_some(), "{at} {}", parameter["name"]);
                }
            }
        }
    }

    #[test]
    fn links_lead_to_operations_that_are_there() {
        for document in DOCUMENTS {
            let all = operations(&document.make());
            let names: HashSet<&str> =
                all.iter().filter_map(|(_, one)| one["operationId"].as_str()).collect();
            for (at, operation) in &all {
                let links = operation.pointer("/responses/201/links").and_then(Value::as_object);
                for link in links.into_iter().flat_map(Map::values) {
                    assert!(names.contains(link["operationId"].as_str().unwrap()), "{at}: {link}");
                }
            }
        }
    }
}
