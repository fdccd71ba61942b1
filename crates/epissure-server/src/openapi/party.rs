//! The contract of the Party Management API.

use epissure_app::oauth::{PARTY_READ, PARTY_WRITE};
use epissure_filter::{Attribute, ClosedList, Pair, Place, Values};
use epissure_protocol::party::{MEDIA, Resource};
use epissure_protocol::problem::{Code, Problem, Shape};
use epissure_protocol::refusal::Language;
use serde_json::{Map, Value, json};

use super::parts::{
    BODY, COMMON, ITEM, Operation, answer_header, content, counts, errors_as, fields, header, id_in_path,
    idempotency_key, if_none_match, not_modified, query, reference,
};
use super::{frame, party_schemas};
use crate::party::{PAGE, path};

const QUERY: &[Code] = &[Code::MissingQueryParameter, Code::InvalidQueryParameter];
const SEARCH: &[Code] = &[Code::QueryTooExpensive];
const CONDITION: &[Code] = &[Code::InvalidHeader, Code::PreconditionFailed];

pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for resource in Resource::ALL {
        let (mut collection, mut item) = (
            json!({"get": list(resource), "head": count(resource)}),
            json!({"parameters": [id_in_path()], "get": read(resource)}),
        );
        if resource == Resource::Individual {
            collection["post"] = create();
            item["put"] = change("Replace an individual", "NewIndividual", &["application/json"]);
            item["patch"] = change(
                "Change a part of an individual (RFC 7396)",
                "IndividualPatch",
                &["application/merge-patch+json", "application/json"],
            );
            item["delete"] = delete();
        }
        paths.insert(path(resource.segment()), collection);
        paths.insert(format!("{}/{{id}}", path(resource.segment())), item);
        let reference = json!({"parameters": [id_in_path()], "get": redirect(resource)});
        paths.insert(format!("{}/{{id}}", path(resource.plural_segment())), reference);
    }
    frame(
        "Épissure: Party Management",
        &description(),
        Value::Object(paths),
        &party_schemas::all(),
        Shape::Party,
    )
}

fn description() -> String {
    let mut lines = vec![
        "Organizations, which every caller sees, and individuals, which belong to the caller's operator: those of \
         others do not exist for it.\n\n\
         # Contact media\n\n\
         At most one medium of each `mediumType` and `characteristic.contactType`.\n\n\
         | mediumType | characteristic.contactType | needs |\n|---|---|---|"
            .to_owned(),
    ];
    for row in MEDIA {
        let needs = match row.needs {
            [only] => format!("`{only}`"),
            several => format!("one of `{}`", several.join("`, `")),
        };
        lines.push(format!("| {} | {} | {needs} |", row.medium, row.contacts.join(", ")));
    }
    lines.push(
        "\n# Filters\n\nThose that are listed with each collection, and no other. `name=value` matches exactly, \
         `name*=pattern` whatever the case; all hold together.\n\n\
         # Fields\n\n`fields` takes paths separated by commas. A member shows its scalars, `member.*` those of each of \
         its members, `none` nothing. `id` and `href` are always there."
            .to_owned(),
    );
    lines.join("\n")
}

fn operation(
    resource: Resource,
    summary: &str,
    scope: &str,
    parameters: &[Value],
    body: Option<Value>,
    success: (&str, Value),
    codes: &[&[Code]],
) -> Value {
    let errors = errors_as(&codes.concat(), schema_of);
    let tag = resource.type_name();
    Operation { tag, summary, scope, parameters, body, success, errors }.make()
}

/// What the gateway answers by itself keeps the gateway's shape.
fn schema_of(code: Code) -> &'static str {
    let code = &Problem::standard(code).body(Shape::Party, Language::English)["code"];
    if code.is_string() { "Error" } else { "GatewayError" }
}

/// The parameters that a list filters by. Patterns share one parameter, an object: `name` and `name*` would be one
/// argument in the code that generators make.
fn filters(list: &'static ClosedList) -> Vec<Value> {
    let mut parameters: Vec<Value> = list.attributes.iter().map(attribute).collect();
    parameters.extend(list.pairs.iter().flat_map(pair));
    let mut patterns = Map::new();
    for attribute in list.attributes {
        patterns.extend(glob(attribute.path, attribute.globs, ""));
    }
    for pair in list.pairs {
        for key in pair.keys {
            let condition = format!(" Only with `{}={}`.", pair.key_name(), key.name);
            patterns.extend(glob(&pair.value_name(), key.globs, &condition));
        }
    }
    if !patterns.is_empty() {
        let example = json!({patterns.keys().next().cloned().unwrap_or_default(): "*dal*"});
        parameters.push(json!({
            "name": "patterns",
            "in": "query",
            "required": false,
            "description": "Patterns, each a parameter of its own: `name*=foo*`, whatever the case.",
            "style": "form",
            "explode": true,
            "schema": {"type": "object", "properties": patterns, "additionalProperties": false},
            "example": example
        }));
    }
    parameters
}

fn attribute(attribute: &'static Attribute) -> Value {
    let schema = match attribute.values {
        Values::Text => json!({"type": "string"}),
        Values::Bool => json!({"type": "boolean"}),
        Values::OneOf(values) => json!({"type": "string", "enum": values}),
    };
    query(attribute.path, "Exactly.", &schema)
}

fn pair(pair: &'static Pair) -> [Value; 2] {
    let (key, value) = (pair.key_name(), pair.value_name());
    let keys: Vec<&str> = pair.keys.iter().map(|key| key.name).collect();
    let key_schema = json!({"type": "string", "enum": keys});
    [
        query(&key, &format!("Only with `{value}`, of the same element."), &key_schema),
        query(&value, &format!("Exactly. Only with `{key}`."), &json!({"type": "string"})),
    ]
}

/// The parameter of a pattern, and its schema.
fn glob(name: &str, globs: &[Place], condition: &str) -> Option<(String, Value)> {
    let shape = |place: &Place| match place {
        Place::Start => "`foo*` (starts with)",
        Place::Anywhere => "`*foo*` (contains)",
    };
    let shapes: Vec<&str> = globs.iter().map(shape).collect();
    let description = format!("{}, whatever the case.{condition}", shapes.join(" or "));
    let pattern = match (globs.contains(&Place::Start), globs.contains(&Place::Anywhere)) {
        (true, true) => r"^\*?[^*]+\*$",
        (false, true) => r"^\*[^*]+\*$",
        _ => r"^[^*]+\*$",
    };
    let schema = json!({"type": "string", "pattern": pattern, "description": description});
    (!globs.is_empty()).then(|| (format!("{name}*"), schema))
}

fn shown_fields() -> Value {
    fields("Paths to return, separated by commas; `none` for `id` and `href` alone.")
}

fn list(resource: Resource) -> Value {
    let list = resource.list();
    let limit = json!({"type": "integer", "minimum": 0, "default": PAGE});
    let offset = json!({"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0});
    let mut parameters = vec![
        query("offset", "How many to skip.", &offset),
        query("limit", &format!("How many to return; never more than {PAGE}."), &limit),
        shown_fields(),
    ];
    if !list.sortable.is_empty() {
        let keys = list.sortable.join(", ");
        let description =
            format!("Keys separated by commas; - before one sorts in descending order. Keys: {keys}.");
        let any = list.sortable.join("|").replace('.', r"\.");
        let pattern = format!("^([+-]?({any})(,[+-]?({any}))*)?$");
        let mut sort = query("sort", &description, &json!({"type": "string", "pattern": pattern}));
        sort["example"] = format!("-{}", list.sortable[0]).into();
        parameters.push(sort);
    }
    parameters.extend(filters(list));
    let schema = json!({"type": "array", "items": reference(resource.type_name())});
    let success = json!({"description": "The page", "headers": counts(), "content": content(&schema)});
    let summary = format!("List {}", resource.plural_segment());
    operation(resource, &summary, PARTY_READ, &parameters, None, ("200", success), &[QUERY, SEARCH, COMMON])
}

fn count(resource: Resource) -> Value {
    let success = json!({
        "description": "How many match",
        "headers": {"X-Total-Count": answer_header("How many match, exactly.", "integer")}
    });
    let summary = format!("Count {}", resource.plural_segment());
    let parameters = filters(resource.list());
    operation(resource, &summary, PARTY_READ, &parameters, None, ("200", success), &[QUERY, SEARCH, COMMON])
}

fn etag() -> Value {
    answer_header("The version.", "string")
}

fn read(resource: Resource) -> Value {
    let parameters = [shown_fields(), if_none_match()];
    let success = json!({
        "description": "All of it, or what fields asks for",
        "headers": {"ETag": etag()},
        "content": content(&reference(resource.type_name()))
    });
    let summary = format!("Read an {}", resource.segment());
    let codes: &[&[Code]] = &[ITEM, QUERY, &[Code::InvalidHeader], COMMON];
    let mut read = operation(resource, &summary, PARTY_READ, &parameters, None, ("200", success), codes);
    read["responses"]["304"] = not_modified();
    read
}

fn create() -> Value {
    let parameters = [idempotency_key()];
    let body = json!({"required": true, "content": content(&reference("NewIndividual"))});
    let success = json!({
        "description": "Created",
        "headers": {"ETag": etag(), "Location": answer_header("The address of the individual.", "string")},
        "content": content(&reference("Individual"))
    });
    let codes: &[&[Code]] = &[BODY, COMMON, &[Code::Conflict]];
    let individual = Resource::Individual;
    operation(
        individual,
        "Create an individual",
        PARTY_WRITE,
        &parameters,
        Some(body),
        ("201", success),
        codes,
    )
}

fn if_match() -> Value {
    header("If-Match", "The ETag of the individual as it was read: another version is not touched.", false)
}

fn change(summary: &str, schema: &str, types: &[&str]) -> Value {
    let schema = json!({"schema": reference(schema)});
    let bodies: Map<String, Value> =
        types.iter().map(|media| ((*media).to_owned(), schema.clone())).collect();
    let body = json!({"required": true, "content": bodies});
    let success = json!({
        "description": "The individual as it has become",
        "headers": {"ETag": etag()},
        "content": content(&reference("Individual"))
    });
    let codes: &[&[Code]] = &[ITEM, BODY, COMMON, &[Code::PreconditionFailed]];
    operation(Resource::Individual, summary, PARTY_WRITE, &[if_match()], Some(body), ("200", success), codes)
}

fn delete() -> Value {
    let success = json!({"description": "Deleted: nothing is kept of it"});
    let codes: &[&[Code]] = &[ITEM, CONDITION, COMMON];
    let individual = Resource::Individual;
    operation(individual, "Delete an individual", PARTY_WRITE, &[if_match()], None, ("204", success), codes)
}

fn redirect(resource: Resource) -> Value {
    let success = json!({
        "description": "To the path of the resource, with the query",
        "headers": {"Location": answer_header("Where it is, relative to this path.", "string")}
    });
    let errors = errors_as(&[Code::InvalidUrlParameter], schema_of);
    let mut responses = Map::from_iter([("308".to_owned(), success)]);
    responses.extend(errors);
    json!({
        "summary": format!("Follow a reference to an {}", resource.segment()),
        "tags": [resource.type_name()],
        "security": [],
        "responses": responses
    })
}
