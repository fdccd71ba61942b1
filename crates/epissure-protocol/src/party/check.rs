//! Checks an object against the table of its members.

use serde_json::Value;

use super::members::{Kind, Member, TYPING};
use crate::extensions::member_weight;
use crate::instant;
use crate::json::{self, Object};
use crate::reader::{Outcome, Reader};
use crate::refusal::{BodyRefusal, Expected};

/// Returns the object without its nulls; members outside the table are unchanged. Faults are
/// recorded.
pub(super) fn read(object: &Object, table: &'static [Member], at: &str, out: &mut Outcome) -> Object {
    let mut reader = Reader::new(object, at, out);
    for member in table.iter().filter(|member| member.required) {
        match object.get(member.name) {
            None | Some(Value::Null) => reader.missing(member.name),
            Some(Value::String(text)) if is_text(member) && text.trim().is_empty() => {
                reader.invalid(member.name, Expected::NotBlank);
            }
            Some(_) => {}
        }
    }
    let mut kept = Object::new();
    for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        let value = match table.iter().chain(TYPING).find(|member| member.name == name) {
            Some(member) => self::value(object, member, value, at, out),
            None => {
                out.extension_bytes += member_weight(name, value);
                value.clone()
            }
        };
        kept.insert(name.clone(), value);
    }
    kept
}

/// Returns the value to store. An invalid value is recorded as a fault, so that its result is never
/// used.
fn value(object: &Object, member: &Member, value: &Value, at: &str, out: &mut Outcome) -> Value {
    let mut reader = Reader::new(object, at, out);
    match member.kind {
        Kind::Text(max) => {
            reader.text(member.name, max);
        }
        Kind::Flag => {
            reader.boolean(member.name);
        }
        Kind::Integer if !is_whole(value) => reader.invalid(member.name, Expected::Integer),
        Kind::Number if !value.is_number() => reader.invalid(member.name, Expected::Number),
        Kind::Instant if !is_date_time(value) => {
            reader.invalid(member.name, Expected::Instant);
        }
        Kind::OneOf(words) => {
            let known = |text: &str| words.contains(&text).then_some(());
            reader.vocabulary(member.name, known, words.iter().copied());
        }
        Kind::Object(table) => {
            if let Some(object) = reader.object(member.name) {
                return Value::Object(read(object, table, &json::pointer(at, member.name), out));
            }
        }
        Kind::Objects(table) => {
            if let Some(items) = reader.array(member.name) {
                return items_of(items, table, &json::pointer(at, member.name), out);
            }
        }
        Kind::Integer | Kind::Number | Kind::Instant | Kind::Any => {}
    }
    value.clone()
}

fn items_of(items: &[Value], table: &'static [Member], at: &str, out: &mut Outcome) -> Value {
    let read = items.iter().enumerate().map(|(index, item)| {
        let at = format!("{at}/{index}");
        match item {
            Value::Object(item) => Value::Object(read(item, table, &at, out)),
            _ => {
                invalid_item(&at, out);
                Value::Null
            }
        }
    });
    read.collect()
}

fn invalid_item(at: &str, out: &mut Outcome) {
    let member = at.trim_start_matches('/').replace('/', ".");
    out.fault(at, BodyRefusal::Invalid { member, expected: Expected::Object });
}

fn is_text(member: &Member) -> bool {
    matches!(member.kind, Kind::Text(_))
}

/// Returns true for a date-time of RFC 3339 section 5.6, which a date alone is not.
fn is_date_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| instant::parse_date_time(text).is_some())
}

/// Returns true for a whole number in any notation (`3`, `3.0`, `3e2`), as JSON Schema counts them.
fn is_whole(value: &Value) -> bool {
    let in_range = |number: &f64| (i64::MIN as f64..=u64::MAX as f64).contains(number);
    let is_whole = |number: f64| number.fract() == 0.0;
    value.is_i64() || value.is_u64() || value.as_f64().filter(in_range).is_some_and(is_whole)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_date_time_is_one_of_rfc_3339() {
        for sound in ["2025-01-14T13:17:58Z", "2025-01-14T13:17:58.078+00:00", "2025-01-14T13:17:58.5-05:30"]
        {
            assert!(is_date_time(&json!(sound)), "{sound}");
        }
        for odd in [
            "2025-01-14",
            "2025-01-14 13:17:58Z",
            "2025-01-14T13:17Z",
            "2025-01-14T13:17:58",
            "2025-01-14T13:17:58,5Z",
            "2025-01-14T13:17:58.Z",
            "2025-01-14T13:17:58+02",
            "2025-01-14T13:17:58Z[UTC]",
            "2025-02-30T13:17:58Z",
            "",
        ] {
            assert!(!is_date_time(&json!(odd)), "{odd}");
        }
        assert!(!is_date_time(&json!(1)));
    }
}
