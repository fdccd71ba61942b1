//! Input: a path, then a document. Checks that the displayed path parses back and that the walk
//! ends.
#![no_main]

use epissure_filter::{Field, Nature, Path, Predicate, Test};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let Some((path, document)) = text.split_once('\n') else { return };
    let Ok(path) = Path::parse(path) else { return };
    assert_eq!(Path::parse(&path.to_string()).as_ref(), Ok(&path));
    let Ok(document) = serde_json::from_str::<Value>(document) else { return };
    let is = |nature| Predicate {
        parameter: String::new(),
        field: Field::any(path.clone()),
        test: Test::Is(nature),
        negated: false,
    };
    let exists = is(Nature::Exists).matches(&document);
    for nature in [Nature::Null, Nature::Array, Nature::Object, Nature::Date, Nature::NotEmpty] {
        assert!(exists || !is(nature).matches(&document));
    }
});
