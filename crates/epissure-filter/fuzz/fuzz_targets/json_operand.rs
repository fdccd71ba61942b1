//! Input: the operand of `json`, then a document. Checks that an object contains itself.
#![no_main]

use epissure_filter::{JsonPattern, JsonPatternError, Limits};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let (operand, document) = text.split_once('\n').unwrap_or((text, "null"));
    match JsonPattern::parse(operand, &Limits::default()) {
        Err(JsonPatternError::Syntax { position, .. }) => assert!(operand.is_char_boundary(position)),
        Err(_) => {}
        Ok(pattern) => {
            let document: Value = serde_json::from_str(document).unwrap_or_default();
            assert!(document.is_object() || !pattern.matches(&document));
            // A quoted name is a path to a key that is spelled differently in a document.
            if !operand.contains("\\\"") && !operand.contains("\\u") {
                assert!(pattern.matches(pattern.value()), "{pattern:?}");
            }
        }
    }
});
