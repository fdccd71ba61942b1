//! Building blocks of the contracts: operations, parameters, headers and error responses.

use epissure_protocol::problem::Code;
use serde_json::{Map, Value, json};

/// Errors of every operation that requires a token.
pub(super) const COMMON: &[Code] = &[
    Code::MissingCredentials,
    Code::InvalidCredentials,
    Code::ExpiredCredentials,
    Code::AccessDenied,
    Code::NotAcceptable,
    Code::UriTooLong,
    Code::InternalError,
    Code::Unavailable,
];
/// Errors of an operation on one resource.
pub(super) const ITEM: &[Code] = &[Code::InvalidUrlParameter, Code::NotFound];
/// Errors of an operation that reads a body.
pub(super) const BODY: &[Code] = &[
    Code::MissingBody,
    Code::InvalidBody,
    Code::MissingBodyField,
    Code::InvalidBodyField,
    Code::InvalidHeader,
    Code::RequestTimeout,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
];

/// An operation of a contract.
pub(super) struct Operation<'a> {
    pub(super) tag: &'a str,
    pub(super) summary: &'a str,
    pub(super) scope: &'a str,
    pub(super) parameters: &'a [Value],
    pub(super) body: Option<Value>,
    pub(super) success: (&'a str, Value),
    pub(super) errors: Vec<(String, Value)>,
}

impl Operation<'_> {
    pub(super) fn make(self) -> Value {
        let mut responses = Map::from_iter([(self.success.0.to_owned(), self.success.1)]);
        responses.extend(self.errors);
        let mut operation = json!({
            "summary": self.summary,
            "tags": [self.tag],
            "security": [{"oauth2": [self.scope]}],
            "parameters": self.parameters,
            "responses": responses
        });
        if let Some(body) = self.body {
            operation["requestBody"] = body;
        }
        operation
    }
}

/// Returns the error responses of an operation, grouped by status.
pub(super) fn errors(codes: &[Code]) -> Vec<(String, Value)> {
    errors_as(codes, |_| "Error")
}

/// Returns the error responses of an operation, grouped by status; `schema` names the schema of a
/// code.
pub(super) fn errors_as(codes: &[Code], schema: impl Fn(Code) -> &'static str) -> Vec<(String, Value)> {
    let mut by_status: Vec<(u16, Vec<String>, Vec<&str>)> = Vec::new();
    for &code in codes {
        let (line, schema) = (format!("{} {}", code.number(), code.title()), schema(code));
        match by_status.iter_mut().find(|(status, ..)| *status == code.status()) {
            Some((_, lines, schemas)) => {
                lines.push(line);
                if !schemas.contains(&schema) {
                    schemas.push(schema);
                }
            }
            None => by_status.push((code.status(), vec![line], vec![schema])),
        }
    }
    let answer = |lines: &[String], schemas: &[&str]| {
        let schema = match schemas {
            [only] => reference(only),
            several => json!({"oneOf": several.iter().map(|name| reference(name)).collect::<Vec<_>>()}),
        };
        json!({"description": lines.join("; "), "content": content(&schema)})
    };
    by_status.iter().map(|(status, lines, schemas)| (status.to_string(), answer(lines, schemas))).collect()
}

pub(super) fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

pub(super) fn content(schema: &Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

pub(super) fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema})
}

/// Returns the parameter `fields`: names separated by commas.
pub(super) fn fields(description: &str) -> Value {
    let schema = json!({"type": "array", "items": {"type": "string"}});
    let mut parameter = query("fields", description, &schema);
    parameter["explode"] = false.into();
    parameter
}

pub(super) fn header(name: &str, description: &str, required: bool) -> Value {
    json!({"name": name, "in": "header", "required": required, "description": description, "schema": {"type": "string"}})
}

/// Returns the header parameter `Idempotency-Key`, which makes a POST safe to repeat.
pub(super) fn idempotency_key() -> Value {
    let mut key = header(
        "Idempotency-Key",
        "Makes the request safe to repeat for 24 hours: a repetition receives the first response.",
        false,
    );
    key["schema"]["pattern"] = "^[!-~]{1,255}$".into();
    key
}

pub(super) fn answer_header(description: &str, kind: &str) -> Value {
    json!({"description": description, "schema": {"type": kind}})
}

/// Returns the header parameter `If-None-Match` of a read operation.
pub(super) fn if_none_match() -> Value {
    header("If-None-Match", "Entity tags that the caller has cached; 304 when one of them is current.", false)
}

/// Returns the 304 response, for a caller that has the current version.
pub(super) fn not_modified() -> Value {
    json!({
        "description": "The version that the caller has is current",
        "headers": {"ETag": answer_header("Current version of the resource.", "string")}
    })
}

/// Returns the headers of a page of a list.
pub(super) fn counts() -> Value {
    json!({
        "X-Result-Count": answer_header("Number of items in the body.", "integer"),
        "X-Total-Count": answer_header("Exact number of matches.", "integer"),
        "Link": answer_header("URLs of the first, previous, next and last pages (RFC 8288).", "string")
    })
}

/// Returns the schema of a resource that `fields` may shorten: no member is required.
pub(super) fn partial(schema: &Value) -> Value {
    let mut partial = schema.clone();
    if let Some(members) = partial.as_object_mut() {
        members.remove("required");
    }
    let description = schema["description"].as_str().unwrap_or_default();
    partial["description"] =
        format!("{description} With all members, or only those that `fields` lists.").into();
    partial
}

/// Returns a part of a condition: the names of required members, and schemas of members.
///
/// The schema allows further members explicitly, because redocly closes schemas that do not.
pub(super) fn demands(required: &[&str], mut properties: Value) -> Value {
    for name in required {
        if properties.get(name).is_none() {
            properties[*name] = json!({});
        }
    }
    json!({"required": required, "properties": properties, "unevaluatedProperties": true})
}

/// Returns the path parameter `id`.
pub(super) fn id_in_path() -> Value {
    json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}})
}
