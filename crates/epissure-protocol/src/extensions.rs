//! Extension members: members of a body that the contract does not name (TM Forum's Extensible).
//! The server stores and returns them as sent. It bounds their size, because every reader of the
//! resource pays for it.

use std::io;

use serde_json::Value;

use crate::json::{self, Object};
use crate::problem::Fault;
use crate::reader::Outcome;
use crate::refusal::BodyRefusal;

/// Rule for the extension members of one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// True to refuse them (`Prefer: handling=strict`, RFC 7240 section 4.4).
    pub strict: bool,
    /// Maximum total size at every level of the resource, in bytes of compact JSON.
    pub max_bytes: usize,
}

/// Maximum size of the extension members of each resource, in bytes of compact JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of a ticket.
    pub ticket: usize,
    /// Of a note.
    pub note: usize,
    /// Of the metadata of an attachment.
    pub attachment: usize,
    /// Of an individual.
    pub individual: usize,
    /// Of an event that an OI sends.
    pub event: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let (small, large) = (16 * 1024, 64 * 1024);
        Self { ticket: large, note: small, attachment: small, individual: large, event: large }
    }
}

impl Rule {
    /// Returns the members of a body that `is_known` does not name; refuses them when the rule is
    /// strict. `refusal` makes the refusal of a member's name.
    pub(crate) fn take(
        self,
        body: &Object,
        is_known: impl Fn(&str) -> bool,
        refusal: impl Fn(String) -> BodyRefusal,
        out: &mut Outcome,
    ) -> Object {
        let unknown = body.iter().filter(|(member, _)| !is_known(member));
        if !self.strict {
            return unknown.map(|(member, value)| (member.clone(), value.clone())).collect();
        }
        for (member, _) in unknown {
            out.fault(json::pointer("", member), refusal(member.clone()));
        }
        Object::new()
    }
}

/// Refuses extension members that exceed the size limit.
pub(crate) fn bound(bytes: usize, max_bytes: usize, out: &mut Outcome) {
    if bytes > max_bytes {
        out.fault("", BodyRefusal::ExtensionsTooHeavy { bytes, limit: max_bytes });
    }
}

/// Refuses a body whose members other than the `known` ones exceed the size limit; `None` when they
/// do not.
#[must_use]
pub fn too_heavy(body: &Object, known: &[&str], max_bytes: usize) -> Option<Fault> {
    let unknown = body.iter().filter(|(member, _)| !known.contains(&member.as_str()));
    let mut out = Outcome::default();
    bound(unknown.map(|(member, value)| member_weight(member, value)).sum(), max_bytes, &mut out);
    out.faults.pop()
}

/// The members that the contract names in an object, for [`weight`].
pub(crate) struct Shape {
    /// Members whose value is a scalar, or is bounded by a check of its own.
    pub(crate) members: &'static [&'static str],
    /// Members whose value is an object, or an array of objects, of another shape.
    pub(crate) nested: &'static [(&'static str, &'static Shape)],
}

impl Shape {
    /// A shape without objects in it.
    pub(crate) const fn flat(members: &'static [&'static str]) -> Self {
        Self { members, nested: &[] }
    }
}

/// Free size of a named member's value, in bytes; the excess counts as an extension. The contract
/// gives most texts no length.
const FREE_BYTES: usize = 1024;

/// Returns the size of the members of an object that its shape does not name, at every level, in
/// bytes of compact JSON.
pub(crate) fn weight(object: &Object, shape: &Shape) -> usize {
    let of_member = |(member, value): (&String, &Value)| {
        if let Some((_, shape)) = shape.nested.iter().find(|(name, _)| name == member) {
            return nested_weight(value, shape);
        }
        if shape.members.contains(&member.as_str()) {
            return bytes(value).saturating_sub(FREE_BYTES);
        }
        member_weight(member, value)
    };
    object.iter().map(of_member).sum()
}

fn nested_weight(value: &Value, shape: &Shape) -> usize {
    match value {
        Value::Object(object) => weight(object, shape),
        Value::Array(items) => items.iter().map(|item| nested_weight(item, shape)).sum(),
        scalar => bytes(scalar).saturating_sub(FREE_BYTES),
    }
}

/// Returns the size of an extension member: its name and its value.
pub(crate) fn member_weight(member: &str, value: &Value) -> usize {
    member.len() + "\"\":,".len() + bytes(value)
}

/// Returns the size of all members of an object.
pub(crate) fn object_weight(object: &Object) -> usize {
    object.iter().map(|(member, value)| member_weight(member, value)).sum()
}

/// Returns the length of a value as compact JSON, in bytes.
fn bytes(value: &Value) -> usize {
    let mut counter = Counter(0);
    // Counting never fails, and every value can be serialized.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POINT: Shape = Shape::flat(&["x", "y"]);
    const SHAPE: Shape = Shape { members: &["name"], nested: &[("points", &POINT)] };

    fn weighed(value: &Value) -> usize {
        weight(value.as_object().expect("an object"), &SHAPE)
    }

    #[test]
    fn named_members_weigh_nothing_and_others_their_name_and_value() {
        assert_eq!(weighed(&json!({"name": "Oak", "points": [{"x": 1, "y": 2}]})), 0);
        assert_eq!(weighed(&json!({"colour": "red"})), r#""colour":"red","#.len());
        assert_eq!(weighed(&json!({"points": [{"x": 1, "z": [1, 2]}, {"z": 3}]})), 16);
    }

    #[test]
    fn a_long_value_of_a_named_member_weighs_what_is_over_a_kibibyte() {
        assert_eq!(weighed(&json!({"name": "x".repeat(1022)})), 0);
        assert_eq!(weighed(&json!({"name": "x".repeat(2022)})), 1000);
        assert_eq!(weighed(&json!({"points": "x".repeat(2022)})), 1000, "a scalar in the place of an object");
    }
}
