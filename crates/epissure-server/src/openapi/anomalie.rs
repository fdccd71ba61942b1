//! The contract of the AnomalieAdresse API, in one of its dialects.

use epissure_app::oauth::{ANOMALIE_READ, ANOMALIE_WRITE};
use epissure_filter::operators;
use epissure_protocol::dialect::Dialect;
use epissure_protocol::lifecycle;
use epissure_protocol::problem::Code;
use serde_json::{Map, Value, json};

use super::{errors, frame, schemas};

/// Errors that any operation may answer with.
const COMMON: &[Code] = &[
    Code::MissingCredentials,
    Code::InvalidCredentials,
    Code::ExpiredCredentials,
    Code::AccessDenied,
    Code::NotAcceptable,
    Code::UriTooLong,
    Code::InternalError,
    Code::Unavailable,
];
const QUERY: &[Code] = &[Code::InvalidQueryParameter, Code::QueryTooExpensive];
const ITEM: &[Code] = &[Code::InvalidUrlParameter, Code::NotFound];
const BODY: &[Code] = &[
    Code::MissingBody,
    Code::InvalidBody,
    Code::MissingBodyField,
    Code::InvalidBodyField,
    Code::InvalidHeader,
    Code::RequestTimeout,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
];

pub(super) fn document(dialect: Dialect) -> Value {
    let item = format!("{}/{{id}}", dialect.mount());
    let id = json!({
        "name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}
    });
    let paths = json!({
        dialect.mount(): {"get": list(dialect), "head": count(), "post": create()},
        item: {
            "parameters": [id],
            "get": read(dialect),
            "put": change("Replace what the caller owns of a ticket, or move it", &["application/json"]),
            "patch": change(
                "Change a part of a ticket, or move it (RFC 7396)",
                &["application/merge-patch+json", "application/json"]
            )
        }
    });
    frame(
        &format!("Épissure: AnomalieAdresse, {}", dialect.name()),
        &description(dialect),
        &paths,
        &schemas::all(dialect),
    )
}

fn description(dialect: Dialect) -> String {
    format!(
        "Address anomalies of the IPE, reported by commercial operators (OC) and treated by infrastructure operators \
         (OI). The same tickets are served in two dialects; this is `{}`.\n\n\
         # Life cycle\n\n{}\n\
         # Filters\n\n{}",
        dialect.name(),
        lifecycle::table(),
        filters()
    )
}

/// The operators of the query language, as a table.
fn filters() -> String {
    let mut lines = vec![
        "`field=value`, `field[operator]=value`, `field[operator,num]=value`; dots go into objects and cross arrays; \
         all the parameters hold together."
            .to_owned(),
        String::new(),
        "| operator | meaning | also written |".to_owned(),
        "|---|---|---|".to_owned(),
    ];
    for entry in operators() {
        let aliases: Vec<String> = entry
            .aliases
            .iter()
            .filter(|alias| alias.text != entry.name)
            .map(|alias| format!("`{}`", alias.text.replace('|', "\\|")))
            .collect();
        lines.push(format!("| `{}` | {} | {} |", entry.name, entry.meaning, aliases.join(", ")));
    }
    lines.join("\n")
}

fn operation(
    summary: &str,
    scope: &str,
    parameters: &[Value],
    body: Option<Value>,
    success: (&str, Value),
    codes: &[&[Code]],
) -> Value {
    let mut responses = Map::from_iter([(success.0.to_owned(), success.1)]);
    responses.extend(errors(&codes.concat()));
    let mut operation = json!({
        "summary": summary,
        "tags": ["AnomalieAdresse"],
        "security": [{"oauth2": [scope]}],
        "parameters": parameters,
        "responses": responses
    });
    if let Some(body) = body {
        operation["requestBody"] = body;
    }
    operation
}

fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema})
}

fn filter() -> Value {
    json!({
        "name": "filters",
        "in": "query",
        "required": false,
        "description": "Any other parameter is a filter: see the description of this contract.",
        "style": "form",
        "explode": true,
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        "example": {"status[in]": "ACKNOWLEDGED,PENDING"}
    })
}

fn fields() -> Value {
    let schema = json!({"type": "array", "items": {"type": "string"}});
    let mut parameter = query("fields", "First-level members to return, separated by commas.", &schema);
    parameter["explode"] = false.into();
    parameter
}

fn header(name: &str, description: &str, required: bool) -> Value {
    json!({"name": name, "in": "header", "required": required, "description": description, "schema": {"type": "string"}})
}

fn answer_header(description: &str, kind: &str) -> Value {
    json!({"description": description, "schema": {"type": kind}})
}

fn counts() -> Value {
    json!({
        "X-Result-Count": answer_header("How many are in the body.", "integer"),
        "X-Total-Count": answer_header("How many match, exactly.", "integer"),
        "Link": answer_header("The first, previous, next and last pages (RFC 8288).", "string")
    })
}

fn content(schema: &Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

fn ticket() -> Value {
    json!({"$ref": "#/components/schemas/Ticket"})
}

fn list(dialect: Dialect) -> Value {
    let limit = json!({"type": "integer", "minimum": 0, "maximum": 100, "default": dialect.default_limit()});
    let offset = json!({"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0});
    let sort = json!({"type": "string"});
    let parameters = [
        query("offset", "How many to skip.", &offset),
        query("limit", "How many to return at most.", &limit),
        query(
            "cursor",
            "In the place of offset: where the page begins, as the next address of a Link header says. Its cost does \
             not grow with the distance, and tickets opened meanwhile shift nothing.",
            &json!({"type": "string", "maxLength": 2048}),
        ),
        query("sort", "Members separated by commas; - before one sorts it in descending order.", &sort),
        fields(),
        filter(),
        header("Prefer", "handling=strict refuses filters on unknown members.", false),
    ];
    let success = json!({
        "description": "The tickets of the page that the caller may see",
        "headers": counts(),
        "content": content(&json!({"type": "array", "items": ticket()}))
    });
    operation("List tickets", ANOMALIE_READ, &parameters, None, ("200", success), &[QUERY, COMMON])
}

fn count() -> Value {
    let success = json!({
        "description": "How many match",
        "headers": {"X-Total-Count": answer_header("How many match, exactly.", "integer")}
    });
    operation("Count tickets", ANOMALIE_READ, &[filter()], None, ("200", success), &[QUERY, COMMON])
}

fn create() -> Value {
    let parameters = [
        header("Idempotency-Key", "Makes repeating the request within 24 hours harmless.", false),
        header("Prefer", "handling=strict refuses members that the contract does not name.", false),
    ];
    let body = json!({
        "required": true,
        "content": content(&json!({"$ref": "#/components/schemas/NewTicket"}))
    });
    let success = json!({
        "description": "Opened",
        "headers": {
            "ETag": answer_header("The version of the ticket.", "string"),
            "Location": answer_header("The address of the ticket.", "string")
        },
        "content": content(&ticket())
    });
    let codes: &[&[Code]] = &[BODY, COMMON, &[Code::Conflict]];
    operation("Open a ticket", ANOMALIE_WRITE, &parameters, Some(body), ("201", success), codes)
}

fn read(dialect: Dialect) -> Value {
    let schema = match dialect {
        Dialect::Orange10 => json!({"type": "array", "items": ticket(), "minItems": 1, "maxItems": 1}),
        Dialect::Interop20 => ticket(),
    };
    let mut headers = json!({"ETag": answer_header("The version of the ticket.", "string")});
    if dialect == Dialect::Orange10 {
        headers["X-Result-Count"] = answer_header("1", "integer");
        headers["X-Total-Count"] = answer_header("1", "integer");
    }
    let success = json!({"description": "The ticket", "headers": headers, "content": content(&schema)});
    let codes: &[&[Code]] = &[ITEM, QUERY, COMMON];
    operation("Read a ticket", ANOMALIE_READ, &[fields()], None, ("200", success), codes)
}

fn change(summary: &str, types: &[&str]) -> Value {
    let parameters = [header("If-Match", "The ETag of the ticket as it was read.", true)];
    let schema = json!({"schema": {"$ref": "#/components/schemas/TicketChange"}});
    let content: Map<String, Value> =
        types.iter().map(|media| ((*media).to_owned(), schema.clone())).collect();
    let body = json!({"required": true, "content": content});
    let success = json!({
        "description": "The ticket as it has become",
        "headers": {"ETag": answer_header("The version of the ticket.", "string")},
        "content": {"application/json": {"schema": ticket()}}
    });
    let codes: &[&[Code]] = &[ITEM, BODY, COMMON, &[Code::MissingHeader, Code::PreconditionFailed]];
    operation(summary, ANOMALIE_WRITE, &parameters, Some(body), ("200", success), codes)
}
