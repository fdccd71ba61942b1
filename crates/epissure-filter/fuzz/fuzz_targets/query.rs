//! Input: a raw query, then a document. Checks: no panic, errors point into the query, and
//! negations are exact.
#![no_main]

use epissure_filter::{AnySchema, Options, Query, compare_all};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let (raw, document) = text.split_once('\n').unwrap_or((text, "null"));
    match Query::parse(raw, &AnySchema, &Options::default()) {
        Err(error) => {
            assert!(raw.is_char_boundary(error.position), "{error:?}");
            assert!(error.to_string().len() < 4096);
        }
        Ok(query) => {
            let document: Value = serde_json::from_str(document).unwrap_or_default();
            query.matches(&document);
            for predicate in &query.predicates {
                let mut opposite = predicate.clone();
                opposite.negated = !opposite.negated;
                assert_ne!(predicate.matches(&document), opposite.matches(&document));
            }
            assert!(compare_all(&query.sort, &document, &document).is_eq());
        }
    }
});
