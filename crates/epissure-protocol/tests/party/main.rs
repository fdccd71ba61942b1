//! Parties, from the request body to the rendered body.

mod golden;
mod import;
mod properties;
mod reference;
mod rules;

use epissure_protocol::json::Object;
use epissure_protocol::party::{Individual, Resource};
use epissure_protocol::problem::Fault;
use epissure_protocol::refusal::Language;
use serde_json::Value;

/// The identifier of the page's individual.
const ID: &str = "de76cfa1-9a55-412f-a9ee-61ca2f662a63";

fn object(value: &Value) -> &Object {
    value.as_object().expect("an object")
}

fn read(body: &Value) -> Result<Individual, Vec<Fault>> {
    Individual::read(object(body), usize::MAX)
}

/// Renders the stored form of an individual for a caller.
fn shown(individual: &Individual) -> String {
    let document = serde_json::to_string(individual.document()).expect("JSON");
    let media = individual.contact_medium().map(Value::to_string);
    Resource::Individual.render(ID, &document, media.as_deref(), "", None).expect("a party")
}

/// Formats the faults, one per line: code, pointer, reason.
fn lines(faults: &[Fault]) -> Vec<String> {
    let line = |Fault { pointer, refusal }: &Fault| {
        format!("{} {pointer} {}", refusal.code().number(), refusal.text(Language::English))
    };
    faults.iter().map(line).collect()
}
