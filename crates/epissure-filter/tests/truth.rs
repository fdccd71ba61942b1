//! Runs every predicate of `tests/truth` on every document of `tests/truth`.
//!
//! `tests/truth/README.md` describes the files.

use std::collections::BTreeSet;

use epissure_filter::{AnySchema, Field, Options, Path, Query, Schema, compare_all};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Document {
    name: String,
    document: Value,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Section { section: String },
    Matches { query: String, matches: BTreeSet<String> },
    AllBut { query: String, all_but: BTreeSet<String> },
}

fn lines<T: for<'a> Deserialize<'a>>(text: &str) -> Vec<T> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// Runs the predicates and returns the number of rows checked: one per predicate and document.
fn run(documents: &str, predicates: &str, schema: &dyn Schema) -> usize {
    let documents: Vec<Document> = lines(documents);
    let names: BTreeSet<String> = documents.iter().map(|document| document.name.clone()).collect();
    assert_eq!(names.len(), documents.len(), "each document has its own name");
    let mut section = String::new();
    let mut failures = Vec::new();
    let mut rows = 0;
    for line in lines(predicates) {
        let (query, expected) = match line {
            Line::Section { section: title } => {
                section = title;
                continue;
            }
            Line::Matches { query, matches } => (query, matches),
            Line::AllBut { query, all_but } => {
                assert!(all_but.is_subset(&names), "{query}: {all_but:?}");
                (query, names.difference(&all_but).cloned().collect())
            }
        };
        assert!(expected.is_subset(&names), "{query}: {expected:?}");
        let parsed = Query::parse(&query, schema, &Options::default()).unwrap_or_else(|error| {
            panic!("{query}: {error}");
        });
        rows += documents.len();
        let found: BTreeSet<String> = documents
            .iter()
            .filter(|document| parsed.matches(&document.document))
            .map(|document| document.name.clone())
            .collect();
        if found != expected {
            let missed: Vec<_> = expected.difference(&found).collect();
            let wrong: Vec<_> = found.difference(&expected).collect();
            failures
                .push(format!("[{section}] {query}: should match {missed:?}, should not match {wrong:?}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    rows
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sort {
    query: String,
    order: Vec<Vec<String>>,
}

/// Checks that the documents of a group are equal and precede those of the next groups.
fn run_sorts(documents: &str, sorts: &str, schema: &dyn Schema) {
    let documents: Vec<Document> = lines(documents);
    for Sort { query, order } in lines(sorts) {
        let parsed = Query::parse(&query, schema, &Options::default()).expect("the sort is a query");
        let placed = |name: &String| {
            let group = order.iter().position(|group| group.contains(name));
            group.unwrap_or_else(|| panic!("{query}: {name} has no place"))
        };
        for a in &documents {
            for b in &documents {
                assert_eq!(
                    compare_all(&parsed.sort, &a.document, &b.document),
                    placed(&a.name).cmp(&placed(&b.name)),
                    "{query}: {} {}",
                    a.name,
                    b.name
                );
            }
        }
    }
}

#[test]
fn sorts() {
    run_sorts(include_str!("truth/documents.jsonl"), include_str!("truth/sorts.jsonl"), &AnySchema);
    run_sorts(include_str!("truth/typed-documents.jsonl"), include_str!("truth/typed-sorts.jsonl"), &Typed);
}

#[test]
fn untyped() {
    let rows = run(include_str!("truth/documents.jsonl"), include_str!("truth/predicates.jsonl"), &AnySchema);
    assert!(rows > 10_000, "{rows}");
}

#[test]
fn numbers() {
    let documents = include_str!("truth/numbers-documents.jsonl");
    let rows = run(documents, include_str!("truth/numbers-predicates.jsonl"), &AnySchema);
    assert!(rows > 300, "{rows}");
    run_sorts(documents, include_str!("truth/numbers-sorts.jsonl"), &AnySchema);
}

/// Schema: `at` is an instant, `n` a number, `z` is shown as null when unset, `k` is always
/// `"2.0"`.
struct Typed;

impl Schema for Typed {
    fn field(&self, path: &Path) -> Field {
        match path.as_joined() {
            "at" => Field::instant(path.clone()),
            "n" => Field::number(path.clone()),
            "z" => Field::any(path.clone()).or_value(Value::Null),
            "k" => Field::constant(json!("2.0")),
            _ => Field::any(path.clone()),
        }
    }
}

#[test]
fn typed() {
    let rows = run(
        include_str!("truth/typed-documents.jsonl"),
        include_str!("truth/typed-predicates.jsonl"),
        &Typed,
    );
    assert!(rows > 800, "{rows}");
}
