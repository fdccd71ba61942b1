//! Contract of the Party Management API.

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
                "Update members of an individual (RFC 7396)",
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
        "Organizations and individuals. Organizations are visible to every caller. Individuals are visible only to \
         clients of their own operator; to any other client they do not exist.\n\n\
         # Contact media\n\n\
         An individual has at most one medium for each pair of `mediumType` and `characteristic.contactType`.\n\n\
         | mediumType | characteristic.contactType | required member |\n|---|---|---|"
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
        "\n# Filters\n\nOnly the filters listed for each collection are accepted. `name=value` matches exactly; \
         `name*=pattern` ignores case. A party matches when every filter does.\n\n\
         # Fields\n\n`fields` is a list of paths separated by commas. `member` returns the scalar members of that member, \
         `member.*` also those of each of its own members, and `none` returns only `id` and `href`. `id` and `href` \
         are always returned."
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

/// Returns the schema of a code: errors of the gateway itself have the gateway's shape.
fn schema_of(code: Code) -> &'static str {
    let code = &Problem::standard(code).body(Shape::Party, Language::English)["code"];
    if code.is_string() { "Error" } else { "GatewayError" }
}

/// Returns the filter parameters of a list.
///
/// Patterns share one parameter, an object: client generators would merge `name` and `name*` into
/// one argument.
fn filters(list: &'static ClosedList) -> Vec<Value> {
    let mut parameters: Vec<Value> = list.attributes.iter().map(attribute).collect();
    parameters.extend(list.pairs.iter().flat_map(pair));
    let mut patterns = Map::new();
    for attribute in list.attributes {
        patterns.extend(glob(attribute.path, attribute.globs, ""));
    }
    for pair in list.pairs {
        for key in pair.keys {
            let condition = format!(" Requires `{}={}`.", pair.key_name(), key.name);
            patterns.extend(glob(&pair.value_name(), key.globs, &condition));
        }
    }
    if !patterns.is_empty() {
        let example = json!({patterns.keys().next().cloned().unwrap_or_default(): "*dal*"});
        parameters.push(json!({
            "name": "patterns",
            "in": "query",
            "required": false,
            "description": "Patterns, each sent as a separate parameter, such as `name*=foo*`. Matching ignores case.",
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
    query(attribute.path, "Exact value.", &schema)
}

fn pair(pair: &'static Pair) -> [Value; 2] {
    let (key, value) = (pair.key_name(), pair.value_name());
    let keys: Vec<&str> = pair.keys.iter().map(|key| key.name).collect();
    let key_schema = json!({"type": "string", "enum": keys});
    [
        query(
            &key,
            &format!("Applies to the same element as `{value}`, which is required with it."),
            &key_schema,
        ),
        query(&value, &format!("Exact value. Requires `{key}`."), &json!({"type": "string"})),
    ]
}

/// Returns the parameter of a pattern, and its schema.
fn glob(name: &str, globs: &[Place], condition: &str) -> Option<(String, Value)> {
    let shape = |place: &Place| match place {
        Place::Start => "`foo*` (starts with)",
        Place::Anywhere => "`*foo*` (contains)",
    };
    let shapes: Vec<&str> = globs.iter().map(shape).collect();
    let description = format!("{}; ignores case.{condition}", shapes.join(" or "));
    let pattern = match (globs.contains(&Place::Start), globs.contains(&Place::Anywhere)) {
        (true, true) => r"^\*?[^*]+\*$",
        (false, true) => r"^\*[^*]+\*$",
        _ => r"^[^*]+\*$",
    };
    let schema = json!({"type": "string", "pattern": pattern, "description": description});
    (!globs.is_empty()).then(|| (format!("{name}*"), schema))
}

fn shown_fields() -> Value {
    fields("Paths to return, separated by commas; `none` returns only `id` and `href`.")
}

fn list(resource: Resource) -> Value {
    let list = resource.list();
    let limit = json!({"type": "integer", "minimum": 0, "default": PAGE});
    let offset = json!({"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0});
    let mut parameters = vec![
        query("offset", "Number of items to skip.", &offset),
        query("limit", &format!("Number of items to return; values above {PAGE} count as {PAGE}."), &limit),
        shown_fields(),
    ];
    if !list.sortable.is_empty() {
        let keys = list.sortable.join(", ");
        let description = format!(
            "Keys to sort by, separated by commas. A leading - sorts in descending order. Keys: {keys}."
        );
        let any = list.sortable.join("|").replace('.', r"\.");
        let pattern = format!("^([+-]?({any})(,[+-]?({any}))*)?$");
        let mut sort = query("sort", &description, &json!({"type": "string", "pattern": pattern}));
        sort["example"] = format!("-{}", list.sortable[0]).into();
        parameters.push(sort);
    }
    parameters.extend(filters(list));
    let schema = json!({"type": "array", "items": reference(resource.type_name())});
    let success =
        json!({"description": "A page of parties", "headers": counts(), "content": content(&schema)});
    let summary = format!("List {}", resource.plural_segment());
    operation(resource, &summary, PARTY_READ, &parameters, None, ("200", success), &[QUERY, SEARCH, COMMON])
}

fn count(resource: Resource) -> Value {
    let success = json!({
        "description": "The number of matches, in X-Total-Count",
        "headers": {"X-Total-Count": answer_header("Exact number of matches.", "integer")}
    });
    let summary = format!("Count {}", resource.plural_segment());
    let parameters = filters(resource.list());
    operation(resource, &summary, PARTY_READ, &parameters, None, ("200", success), &[QUERY, SEARCH, COMMON])
}

fn etag() -> Value {
    answer_header("Version of the resource.", "string")
}

fn read(resource: Resource) -> Value {
    let parameters = [shown_fields(), if_none_match()];
    let success = json!({
        "description": "The party, with all members or only those that `fields` lists",
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
        "headers": {"ETag": etag(), "Location": answer_header("URL of the individual.", "string")},
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
    header(
        "If-Match",
        "ETag of the version of the individual that the caller read; 412 when another version is current.",
        false,
    )
}

fn change(summary: &str, schema: &str, types: &[&str]) -> Value {
    let schema = json!({"schema": reference(schema)});
    let bodies: Map<String, Value> =
        types.iter().map(|media| ((*media).to_owned(), schema.clone())).collect();
    let body = json!({"required": true, "content": bodies});
    let success = json!({
        "description": "The individual after the change",
        "headers": {"ETag": etag()},
        "content": content(&reference("Individual"))
    });
    let codes: &[&[Code]] = &[ITEM, BODY, COMMON, &[Code::PreconditionFailed]];
    operation(Resource::Individual, summary, PARTY_WRITE, &[if_match()], Some(body), ("200", success), codes)
}

fn delete() -> Value {
    let success = json!({"description": "Deleted, with all its data"});
    let codes: &[&[Code]] = &[ITEM, CONDITION, COMMON];
    let individual = Resource::Individual;
    operation(individual, "Delete an individual", PARTY_WRITE, &[if_match()], None, ("204", success), codes)
}

fn redirect(resource: Resource) -> Value {
    let success = json!({
        "description": "Redirect to the path of the resource, with the same query",
        "headers": {"Location": answer_header("URL of the resource, relative to this path.", "string")}
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
