//! Input: a raw query of a closed list, then a document. Checks: no panic, errors point into the
//! query, and selected content comes from the document.
#![no_main]

use epissure_filter::{Attribute, ClosedList, Options, Pair, PairKey, Place, Query, Values};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static LIST: ClosedList = ClosedList {
    attributes: &[
        Attribute { path: "a", values: Values::Text, globs: &[Place::Start, Place::Anywhere] },
        Attribute { path: "b", values: Values::Bool, globs: &[] },
        Attribute { path: "c", values: Values::OneOf(&["X", "Y"]), globs: &[] },
    ],
    pairs: &[Pair {
        array: "p",
        key: "k",
        keys: &[PairKey { name: "X", globs: &[Place::Anywhere] }, PairKey { name: "Y", globs: &[] }],
        value: "v",
    }],
    sortable: &["a"],
};

fuzz_target!(|text: &str| {
    let (raw, document) = text.split_once('\n').unwrap_or((text, "{}"));
    match Query::parse_closed(raw, &LIST, &Options::default()) {
        Err(error) => {
            assert!(raw.is_char_boundary(error.position), "{error:?}");
            assert!(error.to_string().len() < 4096);
        }
        Ok(query) => {
            let document: Value = serde_json::from_str(document).unwrap_or_default();
            query.matches(&document);
            assert!(query.limit <= 100);
            if let (Some(fields), Value::Object(document)) = (&query.fields, &document) {
                let shown = fields.select(document);
                assert!(shown.keys().all(|name| document.contains_key(name) && fields.selects(name)));
                assert_eq!(fields.select(&shown), shown);
            }
        }
    }
});
