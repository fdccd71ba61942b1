//! Validates answers against the contracts that the server serves.

use epissure_server::openapi::DOCUMENTS;
use jsonschema::Validator;
use serde_json::{Value, json};

/// Compiled contracts.
pub(crate) struct Contracts {
    operations: Vec<Operation>,
}

struct Operation {
    path: Vec<String>,
    method: String,
    responses: Vec<(String, Option<Validator>)>,
}

impl Contracts {
    pub(crate) fn served() -> Self {
        let operations = DOCUMENTS.iter().flat_map(|document| operations(&document.make())).collect();
        Self { operations }
    }

    /// Panics when the contract does not describe the answer; ignores paths outside the contracts.
    pub(crate) fn judge(&self, method: &str, path: &str, status: u16, body: Option<&Value>) {
        // A trailing slash is equivalent to the path without it.
        let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
        let mut here: Vec<&Operation> =
            self.operations.iter().filter(|operation| operation.serves(&segments)).collect();
        // A literal path takes precedence over one with a parameter in its place.
        here.sort_by_key(|operation| operation.parameters());
        let Some(operation) = here.iter().find(|operation| operation.method.eq_ignore_ascii_case(method))
        else {
            return;
        };
        let described = operation.responses.iter().find(|(code, _)| *code == status.to_string());
        let Some((_, schema)) = described else {
            panic!("the contract of {method} {path} does not describe the status {status}: {body:?}");
        };
        if let (Some(schema), Some(body)) = (schema, body) {
            let errors: Vec<String> =
                schema.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(
                errors.is_empty(),
                "{method} {path} {status} is not as the contract says: {errors:?}\n{body:#}"
            );
        }
    }
}

impl Operation {
    /// Returns the number of path parameters.
    fn parameters(&self) -> usize {
        self.path.iter().filter(|segment| segment.starts_with('{')).count()
    }

    fn serves(&self, segments: &[&str]) -> bool {
        self.path.len() == segments.len()
            && self.path.iter().zip(segments).all(|(mine, theirs)| mine.starts_with('{') || mine == theirs)
    }
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let Some(responses) = operation["responses"].as_object() else { continue };
            let responses = responses
                .iter()
                .map(|(status, response)| {
                    let schema = response.pointer("/content/application~1json/schema");
                    (status.clone(), schema.map(|schema| validator(schema, document)))
                })
                .collect();
            operations.push(Operation {
                path: path.split('/').map(str::to_owned).collect(),
                method: method.clone(),
                responses,
            });
        }
    }
    operations
}

/// Compiles a schema that refers to the components of the document.
fn validator(schema: &Value, document: &Value) -> Validator {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [schema],
        "components": document["components"],
    });
    jsonschema::validator_for(&whole).expect("a schema of the contract")
}
