//! Contract of the AnomalieAdresse API, in one of its dialects.

use epissure_app::oauth::{ANOMALIE_READ, ANOMALIE_WRITE};
use epissure_filter::operators;
use epissure_protocol::dialect::Dialect;
use epissure_protocol::lifecycle;
use epissure_protocol::problem::Code;
use serde_json::{Map, Value, json};

use super::parts::{
    BODY, COMMON, ITEM, Operation, answer_header, content, counts, errors, fields, header, id_in_path,
    idempotency_key, if_none_match, not_modified, query, reference,
};
use super::{attachment, follow_up, frame, schemas};

pub(super) const QUERY: &[Code] = &[Code::InvalidQueryParameter, Code::QueryTooExpensive];

pub(super) fn document(dialect: Dialect) -> Value {
    let item = format!("{}/{{id}}", dialect.mount());
    let mut paths = json!({
        dialect.mount(): {"get": list(dialect), "head": count(), "post": create()},
        item: {
            "parameters": [id_in_path()],
            "get": read(dialect),
            "put": change("Replace the members that the caller owns in a ticket, or change its status", &["application/json"]),
            "patch": change(
                "Update members of a ticket, or change its status (RFC 7396)",
                &["application/merge-patch+json", "application/json"]
            )
        }
    });
    let mut schemas = schemas::all(dialect);
    add(&mut paths, follow_up::paths(dialect));
    add(&mut schemas, follow_up::schemas(dialect));
    add(&mut paths, attachment::paths(dialect));
    add(&mut schemas, attachment::schemas(dialect));
    let title = format!("Épissure: AnomalieAdresse, {}", dialect.name());
    frame(&title, &description(dialect), paths, &schemas, dialect.errors())
}

/// Adds the members of one object to another.
fn add(to: &mut Value, more: Value) {
    if let (Value::Object(to), Value::Object(more)) = (to, more) {
        to.extend(more);
    }
}

fn description(dialect: Dialect) -> String {
    format!(
        "Address anomalies of the IPE, reported by commercial operators (OC) and processed by infrastructure \
         operators (OI). The server provides the same tickets in two dialects; this contract describes `{}`.\n\n\
         # Life cycle\n\n{}\n\
         # Filters\n\n{}",
        dialect.name(),
        lifecycle::table(),
        filters()
    )
}

/// Returns the operators of the query language, as a Markdown table.
fn filters() -> String {
    let mut lines = vec![
        "Filters are written `field=value`, `field[operator]=value` or `field[operator,num]=value`. A dot in `field` \
         selects a member of an object, or of each element of an array. A ticket matches when every filter does."
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

pub(super) fn operation(
    summary: &str,
    scope: &str,
    parameters: &[Value],
    body: Option<Value>,
    success: (&str, Value),
    codes: &[&[Code]],
) -> Value {
    let errors = errors(&codes.concat());
    Operation { tag: "AnomalieAdresse", summary, scope, parameters, body, success, errors }.make()
}

pub(super) fn filter() -> Value {
    json!({
        "name": "filters",
        "in": "query",
        "required": false,
        "description": "Every other parameter is a filter; see Filters in the description of this contract.",
        "style": "form",
        "explode": true,
        "schema": {"type": "object", "propertyNames": {"type": "string", "minLength": 1}, "additionalProperties": {"type": "string"}},
        "example": {"status[in]": "ACKNOWLEDGED,PENDING"}
    })
}

pub(super) fn first_level_fields() -> Value {
    fields("First-level members to return, separated by commas.")
}

fn ticket() -> Value {
    reference("Ticket")
}

/// Returns the schema of a ticket in a response that `fields` may shorten.
fn partial_ticket() -> Value {
    reference("PartialTicket")
}

/// Returns the parameters of a page: `offset`, `limit`, `sort`, and `cursor` if a description is
/// given.
pub(super) fn page(dialect: Dialect, cursor: Option<&str>) -> Vec<Value> {
    let limit = json!({"type": "integer", "minimum": 0, "maximum": 100, "default": dialect.default_limit()});
    let offset = json!({"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0});
    let sort = json!({"type": "string"});
    let cursor = cursor.map(|what| query("cursor", what, &json!({"type": "string", "maxLength": 2048})));
    let mut parameters = vec![
        query("offset", "Number of items to skip.", &offset),
        query("limit", "Maximum number of items to return.", &limit),
    ];
    parameters.extend(cursor);
    parameters.push(query(
        "sort",
        "Members to sort by, separated by commas. A leading - sorts in descending order.",
        &sort,
    ));
    parameters
}

fn list(dialect: Dialect) -> Value {
    let cursor = "Start of the page, as given by the `next` URL of a Link header. Replaces offset. Its cost does not grow \
                  with the depth, and tickets opened between two pages do not shift the items.";
    let mut parameters = page(dialect, Some(cursor));
    parameters.extend([
        first_level_fields(),
        filter(),
        header(
            "Prefer",
            "handling=strict refuses filters on members that the contract does not define.",
            false,
        ),
    ]);
    let success = json!({
        "description": "A page of the tickets visible to the caller",
        "headers": counts(),
        "content": content(&json!({"type": "array", "items": partial_ticket()}))
    });
    operation("List tickets", ANOMALIE_READ, &parameters, None, ("200", success), &[QUERY, COMMON])
}

fn count() -> Value {
    let success = json!({
        "description": "The number of matches, in X-Total-Count",
        "headers": {"X-Total-Count": answer_header("Exact number of matches.", "integer")}
    });
    operation("Count tickets", ANOMALIE_READ, &[filter()], None, ("200", success), &[QUERY, COMMON])
}

fn create() -> Value {
    let parameters = [
        idempotency_key(),
        header("Prefer", "handling=strict refuses members that the contract does not define.", false),
    ];
    let body = json!({
        "required": true,
        "content": content(&json!({"$ref": "#/components/schemas/NewTicket"}))
    });
    let success = json!({
        "description": "Opened",
        "headers": {
            "ETag": answer_header("Version of the ticket.", "string"),
            "Location": answer_header("URL of the ticket.", "string")
        },
        "content": content(&ticket())
    });
    let codes: &[&[Code]] = &[BODY, COMMON, &[Code::Conflict]];
    operation("Open a ticket", ANOMALIE_WRITE, &parameters, Some(body), ("201", success), codes)
}

fn read(dialect: Dialect) -> Value {
    let schema = match dialect {
        Dialect::Orange10 => {
            json!({"type": "array", "items": partial_ticket(), "minItems": 1, "maxItems": 1})
        }
        Dialect::Interop20 => partial_ticket(),
    };
    let mut headers = json!({"ETag": answer_header("Version of the ticket.", "string")});
    if dialect == Dialect::Orange10 {
        headers["X-Result-Count"] = answer_header("1", "integer");
        headers["X-Total-Count"] = answer_header("1", "integer");
    }
    let success = json!({"description": "The ticket", "headers": headers, "content": content(&schema)});
    let codes: &[&[Code]] = &[ITEM, QUERY, &[Code::InvalidHeader], COMMON];
    let parameters = [first_level_fields(), if_none_match()];
    let mut read = operation("Read a ticket", ANOMALIE_READ, &parameters, None, ("200", success), codes);
    read["responses"]["304"] = not_modified();
    read
}

fn change(summary: &str, types: &[&str]) -> Value {
    let parameters = [
        header("If-Match", "ETag of the version of the ticket that the caller read.", true),
        header("Prefer", "handling=strict refuses members that the contract does not define.", false),
    ];
    let schema = json!({"schema": {"$ref": "#/components/schemas/TicketChange"}});
    let content: Map<String, Value> =
        types.iter().map(|media| ((*media).to_owned(), schema.clone())).collect();
    let body = json!({"required": true, "content": content});
    let success = json!({
        "description": "The ticket after the change",
        "headers": {"ETag": answer_header("Version of the ticket.", "string")},
        "content": {"application/json": {"schema": ticket()}}
    });
    let codes: &[&[Code]] = &[ITEM, BODY, COMMON, &[Code::MissingHeader, Code::PreconditionFailed]];
    operation(summary, ANOMALIE_WRITE, &parameters, Some(body), ("200", success), codes)
}
