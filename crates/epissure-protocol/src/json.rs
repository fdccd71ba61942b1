//! Small operations on JSON values that the domain needs: merge patch, and bounds on what comes from outside.

use serde_json::{Map, Value};

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

/// The most nesting that a body may have.
pub const MAX_DEPTH: usize = 64;
/// The most values, at every level together, that a body may have.
pub const MAX_NODES: usize = 10_000;

/// Whether a value stays within [`MAX_DEPTH`] and [`MAX_NODES`], and has no NUL character, which databases refuse.
#[must_use]
pub fn within_bounds(value: &Value) -> bool {
    walk(value, 1, &mut 0)
}

/// The same for an object.
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

/// Escapes one member name for a JSON pointer (RFC 6901 §3).
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
    fn a_body_too_deep_or_too_wide_is_out_of_bounds() {
        let mut deep = json!(1);
        for _ in 0..MAX_DEPTH - 1 {
            deep = json!([deep]);
        }
        assert!(within_bounds(&deep));
        assert!(!within_bounds(&json!([deep])));
        assert!(!within_bounds(&json!(vec![0; MAX_NODES])));
        assert!(!within_bounds(&json!({"a": "b\0"})));
    }
}
