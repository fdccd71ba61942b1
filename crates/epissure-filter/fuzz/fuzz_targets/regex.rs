//! Input: a regular expression, then a text. Checks that matching texts begin with the literal
//! prefix.
#![no_main]

use epissure_filter::{Limits, Pattern};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (pattern, text) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(pattern) = Pattern::new(pattern, &Limits::default()) else { return };
    let matches = pattern.is_match(text);
    if let Some(prefix) = pattern.literal_prefix() {
        assert!(!matches || text.starts_with(prefix), "{pattern:?} {prefix:?} {text:?}");
    }
});
