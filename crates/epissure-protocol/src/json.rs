//! Operations on JSON values: merge patch, canonical text, and bounds on external input.

mod exact;

use epissure_filter::number;
use serde_json::{Map, Value};

pub use exact::{Unsound, Why, read, stored, stored_value};

/// A JSON object.
pub type Object = Map<String, Value>;

/// Applies a JSON merge patch (RFC 7396 §2): members replace, null removes, arrays replace whole.
pub fn merge_patch(target: &mut Object, patch: &Object) {
    for (key, change) in patch {
        match change {
            Value::Null => {
                target.shift_remove(key);
            }
            Value::Object(change) => {
                let member = target.entry(key.clone()).or_insert(Value::Null);
                if !member.is_object() {
                    *member = Value::Object(Object::new());
                }
                if let Value::Object(member) = member {
                    merge_patch(member, change);
                }
            }
            other => {
                target.insert(key.clone(), other.clone());
            }
        }
    }
}

/// Replaces the members of an object with those of the same names in another.
pub(crate) fn take_members(object: &mut Object, other: &mut Object) {
    for (name, value) in object.iter_mut() {
        if let Some(other) = other.get_mut(name) {
            *value = other.take();
        }
    }
}

/// Returns the canonical text of a JSON value: members in the order of their names, no spaces,
/// numbers by their value ([`number::canonical`]).
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write_canonical(value, &mut out);
    out
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => out.push_str(&number::canonical(number)),
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            out.push('{');
            for name in names {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_canonical(&members[name], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => out.push_str(&value.to_string()),
    }
}

/// Maximum nesting of a body.
pub const MAX_DEPTH: usize = 64;
/// Maximum number of values of a body, at every level together.
pub const MAX_NODES: usize = 10_000;

/// Returns true when an object is within [`MAX_DEPTH`] and [`MAX_NODES`], and has no NUL character,
/// which databases refuse.
#[must_use]
pub fn object_within_bounds(object: &Object) -> bool {
    walk_members(object, 1, &mut 1)
}

fn walk(value: &Value, depth: usize, nodes: &mut usize) -> bool {
    *nodes += 1;
    if depth > MAX_DEPTH || *nodes > MAX_NODES {
        return false;
    }
    match value {
        Value::Array(items) => items.iter().all(|item| walk(item, depth + 1, nodes)),
        Value::Object(members) => walk_members(members, depth, nodes),
        Value::String(text) => !text.contains('\0'),
        _ => true,
    }
}

fn walk_members(members: &Object, depth: usize, nodes: &mut usize) -> bool {
    members.iter().all(|(name, member)| !name.contains('\0') && walk(member, depth + 1, nodes))
}

/// Appends a member's name to a JSON pointer, escaped (RFC 6901 §3).
#[must_use]
pub fn pointer(at: &str, member: &str) -> String {
    format!("{at}/{}", member.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn merge_patch_follows_the_examples_of_rfc_7396() {
        let rows = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ];
        for (target, patch, expected) in rows {
            let (Value::Object(mut target), Value::Object(patch)) = (target, patch) else { panic!() };
            merge_patch(&mut target, &patch);
            assert_eq!(Value::Object(target), expected);
        }
    }

    #[test]
    fn the_same_value_has_the_same_canonical_text() {
        let text = |text: &str| canonical(&serde_json::from_str(text).unwrap());
        let one = text(r#"{"a":[1,{"b":"x","c":null}],"d":1.10,"e":9007199254740993}"#);
        let same = r#" { "e": 9007199254740993.0, "d" :11e-1, "a": [ 1.0, {"c":null , "b":"\u0078"} ] } "#;
        assert_eq!(one, text(same));
        for other in [
            r#"{"a":[{"b":"x","c":null},1],"d":1.10,"e":9007199254740993}"#,
            r#"{"a":[1,{"b":"x"}],"d":1.10,"e":9007199254740993}"#,
            r#"{"a":[1,{"b":"x","c":null}],"d":1.10,"e":9007199254740992}"#,
            r#"{"a":[1,{"b":"x","c":null}],"d":"1.10","e":9007199254740993}"#,
        ] {
            assert_ne!(one, text(other), "{other}");
        }
    }

    #[test]
    fn an_object_too_deep_or_too_wide_is_out_of_bounds() {
        let within = |value: Value| object_within_bounds(&Object::from_iter([("a".to_owned(), value)]));
        let mut deep = json!(1);
        for _ in 0..MAX_DEPTH - 2 {
            deep = json!([deep]);
        }
        assert!(within(deep.clone()));
        assert!(!within(json!([deep])));
        assert!(!within(json!(vec![0; MAX_NODES])));
        assert!(!within(json!("b\0")));
    }
}
