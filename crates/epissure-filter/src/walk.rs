//! Walks a document along a path to the values that a test reads.

use std::ops::ControlFlow;

use serde_json::Value;

use crate::{Absent, Field, Path, Source};

/// A value that a path reaches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a> {
    pub(crate) value: &'a Value,
    /// True for an element of the array found at the path, false for the value found there.
    pub(crate) element: bool,
}

/// `Break` when the visitor needs no more values.
type Flow = ControlFlow<()>;

impl Field {
    /// Returns true when a candidate of the field passes the test.
    pub(crate) fn any_candidate<'a>(
        &'a self,
        document: &'a Value,
        mut test: impl FnMut(Candidate<'a>) -> bool,
    ) -> bool {
        self.visit(document, &mut |candidate| {
            if test(candidate) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .is_break()
    }

    /// Calls the visitor with each candidate of the field, until it breaks.
    pub(crate) fn visit<'a>(
        &'a self,
        document: &'a Value,
        visitor: &mut dyn FnMut(Candidate<'a>) -> Flow,
    ) -> Flow {
        let path = match &self.source {
            Source::Constant(value) => return whole(value, visitor),
            Source::Document(path) => path,
        };
        let Absent::Value(absent) = &self.absent else { return walk(document, path, visitor) };
        let mut present = false;
        walk(document, path, &mut |candidate| {
            present = true;
            visitor(candidate)
        })?;
        if present { ControlFlow::Continue(()) } else { whole(absent, visitor) }
    }
}

/// Visits every value that a path reaches in a document, and each element of the arrays it reaches.
/// Value tests read the same values, so that stores can index them.
pub fn visit<'a>(document: &'a Value, path: &Path, mut visitor: impl FnMut(&'a Value)) {
    let _ = walk(document, path, &mut |candidate| {
        visitor(candidate.value);
        Flow::Continue(())
    });
}

/// Visits the pairs of texts in one object at a path, or in one element of the array there.
/// [`Term::Pair`](crate::plan::Term::Pair) tests the same pairs, so that stores can index them.
///
/// ```
/// use epissure_filter::{Path, visit_pairs};
///
/// let document = serde_json::json!({"mark": [{"name": "a", "value": "1"}, {"name": "b"}]});
/// let mut pairs = Vec::new();
/// visit_pairs(&document, &Path::parse("mark")?, &Path::parse("name")?, &Path::parse("value")?, |key, value| {
///     pairs.push((key, value));
/// });
/// assert_eq!(pairs, [("a", "1")]);
/// # Ok::<(), epissure_filter::PathError>(())
/// ```
pub fn visit_pairs<'a>(
    document: &'a Value,
    array: &Path,
    key: &Path,
    value: &Path,
    mut visitor: impl FnMut(&'a str, &'a str),
) {
    visit(document, array, |element| {
        if !element.is_object() {
            return;
        }
        let mut values = Vec::new();
        visit(element, value, |found| values.extend(found.as_str()));
        visit(element, key, |found| {
            for value in &values {
                if let Some(key) = found.as_str() {
                    visitor(key, value);
                }
            }
        });
    });
}

/// Calls the visitor with each candidate of a path, until it breaks.
///
/// Several readings of the path may reach a value: through dotted keys, or both by index and by
/// traversal of an array. The readings are walked together, so that each value is visited at most
/// once.
pub(crate) fn walk<'a>(
    document: &'a Value,
    path: &Path,
    visitor: &mut dyn FnMut(Candidate<'a>) -> Flow,
) -> Flow {
    step(document, path, Readings::one(0), visitor)
}

/// Numbers of segments spelled by the readings that reached a value: one bit per number.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Readings(u32);

// Bit `MAX_SEGMENTS` marks a complete reading.
const _: () = assert!(Path::MAX_SEGMENTS < u32::BITS as usize);

impl Readings {
    const NONE: Readings = Readings(0);

    fn one(spelled: usize) -> Readings {
        Readings(1 << spelled)
    }

    fn and(self, other: Readings) -> Readings {
        Readings(self.0 | other.0)
    }

    fn before(self, spelled: usize) -> Readings {
        Readings(self.0 & ((1 << spelled) - 1))
    }

    fn has(self, spelled: usize) -> bool {
        self.0 & (1 << spelled) != 0
    }

    fn iter(self) -> impl Iterator<Item = usize> {
        (0..=Path::MAX_SEGMENTS).filter(move |spelled| self.has(*spelled))
    }
}

fn step<'a>(
    value: &'a Value,
    path: &Path,
    readings: Readings,
    visitor: &mut dyn FnMut(Candidate<'a>) -> Flow,
) -> Flow {
    let segments = path.segments();
    if readings.has(segments.len()) {
        whole(value, visitor)?;
    }
    let readings = readings.before(segments.len());
    if readings == Readings::NONE {
        return ControlFlow::Continue(());
    }
    match value {
        Value::Object(members) if readings.0.is_power_of_two() => {
            // A single reading spells distinct keys, which name distinct members.
            let from = readings.0.trailing_zeros() as usize;
            for (key, to) in path.keys(from) {
                if let Some(member) = members.get(key) {
                    step(member, path, Readings::one(to), visitor)?;
                }
            }
        }
        Value::Object(members) => {
            let mut reached: Vec<(&Value, Readings)> = Vec::new();
            for (key, to) in readings.iter().flat_map(|from| path.keys(from)) {
                if let Some(member) = members.get(key) {
                    match reached.iter_mut().find(|(other, _)| std::ptr::eq(*other, member)) {
                        Some((_, readings)) => *readings = readings.and(Readings::one(to)),
                        None => reached.push((member, Readings::one(to))),
                    }
                }
            }
            for (member, readings) in reached {
                step(member, path, readings, visitor)?;
            }
        }
        Value::Array(elements) => {
            let indexes: Vec<(usize, Readings)> = readings
                .iter()
                .filter_map(|from| Some((segments.get(from)?.index()?, Readings::one(from + 1))))
                .collect();
            for (index, element) in elements.iter().enumerate() {
                let crossing = if element.is_object() { readings } else { Readings::NONE };
                let readings = indexes
                    .iter()
                    .filter(|(wanted, _)| *wanted == index)
                    .fold(crossing, |readings, (_, next)| readings.and(*next));
                if readings != Readings::NONE {
                    step(element, path, readings, visitor)?;
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    ControlFlow::Continue(())
}

/// Visits the value at the end of a path and, for an array, its elements.
fn whole<'a>(value: &'a Value, visitor: &mut dyn FnMut(Candidate<'a>) -> Flow) -> Flow {
    visitor(Candidate { value, element: false })?;
    if let Value::Array(elements) = value {
        for element in elements {
            visitor(Candidate { value: element, element: true })?;
        }
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Returns the values at the path, in order, without the elements.
    fn found(document: &Value, path: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let flow = walk(document, &Path::parse(path).unwrap(), &mut |candidate| {
            if !candidate.element {
                found.push(candidate.value.clone());
            }
            ControlFlow::Continue(())
        });
        assert!(flow.is_continue());
        found
    }

    #[test]
    fn crosses_objects_and_arrays() {
        let document = json!({"a": {"b": 1}, "c": [{"b": 2}, {"b": [3]}, {}, 4, [{"b": 5}]]});
        assert_eq!(found(&document, "a.b"), [json!(1)]);
        assert_eq!(found(&document, "c.b"), [json!(2), json!([3])]);
        assert_eq!(found(&document, "c.0.b"), [json!(2)]);
        assert_eq!(found(&document, "c.3"), [json!(4)]);
        assert_eq!(found(&document, "c.4.b"), [json!(5)]);
        assert_eq!(found(&document, "c.9"), [] as [Value; 0]);
        assert_eq!(found(&document, "a.b.c"), [] as [Value; 0]);
    }

    #[test]
    fn digits_are_a_key_too() {
        let document = json!({"a": [{"0": "key"}, "x"], "b": {"0": "key"}});
        assert_eq!(found(&document, "a.0"), [json!({"0": "key"}), json!("key")]);
        assert_eq!(found(&document, "a.\"0\""), [json!("key")]);
        assert_eq!(found(&document, "b.0"), [json!("key")]);
    }

    #[test]
    fn reads_dotted_keys_every_way() {
        let flat = json!({"issues": {"building.pm.id": {"value": "test"}}});
        let nested = json!({"issues": {"building": {"pm": {"id": {"value": "test"}}}}});
        let mixed = json!({"issues.building": {"pm.id": {"value": "test"}}});
        for document in [&flat, &nested, &mixed] {
            assert_eq!(found(document, "issues.building.pm.id.value"), [json!("test")]);
        }
        assert_eq!(found(&flat, r#"issues."building.pm.id".value"#), [json!("test")]);
        assert_eq!(found(&nested, r#"issues."building.pm.id".value"#), [] as [Value; 0]);
        assert_eq!(found(&flat, r#"issues."building".pm.id.value"#), [] as [Value; 0]);
        assert_eq!(found(&nested, r#"issues."building".pm.id.value"#), [json!("test")]);
        let both = json!({"a.b": 1, "a": {"b": 2}});
        assert_eq!(found(&both, "a.b"), [json!(2), json!(1)]);
    }

    #[test]
    fn elements_of_the_array_found_are_candidates() {
        let mut seen = Vec::new();
        let document = json!({"a": [1, [2]]});
        let flow = walk(&document, &Path::parse("a").unwrap(), &mut |candidate| {
            seen.push((candidate.value.to_string(), candidate.element));
            ControlFlow::Continue(())
        });
        assert!(flow.is_continue());
        assert_eq!(seen, [("[1,[2]]".to_owned(), false), ("1".to_owned(), true), ("[2]".to_owned(), true)]);
    }

    #[test]
    fn a_value_reached_twice_is_seen_once() {
        let element = json!([[{"0": [{"0": "x"}]}]]);
        assert_eq!(found(&json!({"a": element}), "a.0.0.0.0"), [json!({"0": "x"}), json!("x")]);
        // Both readings of the element continue through the same key; the second needs the segments
        // spelled by the first.
        let crossed = json!({"a": [{"0": {"0": {"b": "crossed"}}}]});
        assert_eq!(found(&crossed, "a.0.0.b"), [json!("crossed")]);
        let indexed = json!({"a": [{"0": {"b": "indexed"}}]});
        assert_eq!(found(&indexed, "a.0.0.b"), [json!("indexed")]);
        // The first element of every array is reached by index and by traversal: a Fibonacci number
        // of readings.
        let mut document = json!({"0": 1});
        for _ in 0..16 {
            document = json!({"0": [document]});
        }
        assert!(found(&document, &["0"; 16].join(".")).len() <= 16);
    }

    #[test]
    fn a_hostile_document_is_walked_once() {
        // Every split of the path is a key at every level: 2^15 readings if they were enumerated.
        let path = ["a"; 16].join(".");
        let mut document = json!(1);
        for _ in 0..16 {
            let mut members = serde_json::Map::new();
            for run in 1..=16 {
                members
                    .insert(["a"; 16][..run].join("."), if run == 1 { document.clone() } else { json!({}) });
            }
            document = Value::Object(members);
        }
        // One end per level, each by the longest key of that level.
        assert_eq!(found(&document, &path).len(), 16);
    }

    /// Reference implementation of the language's rules: every reading, one after the other.
    fn readings(value: &Value, path: &Path, from: usize, found: &mut Vec<*const Value>) {
        let Some(segment) = path.segments().get(from) else {
            found.push(value);
            return;
        };
        match value {
            Value::Object(members) => {
                for (key, to) in path.keys(from) {
                    if let Some(member) = members.get(key) {
                        readings(member, path, to, found);
                    }
                }
            }
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    if segment.index() == Some(index) {
                        readings(element, path, from + 1, found);
                    }
                    if element.is_object() {
                        readings(element, path, from, found);
                    }
                }
            }
            _ => {}
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let key = prop::sample::select(vec!["a", "0", "1", "a.a", "a.0", "0.a", "0.0", "0.0.a"]);
        Just(json!(1)).prop_recursive(6, 40, 3, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::hash_map(key.clone(), inner, 0..4).prop_map(|members| json!(members)),
            ]
        })
    }

    proptest! {
        #[test]
        fn finds_what_the_readings_find(
            document in value(),
            segments in prop::collection::vec(prop::sample::select(vec!["a", "0", "1", "\"0\"", "\"a.0\""]), 1..6),
        ) {
            let path = Path::parse(&segments.join(".")).unwrap();
            let mut expected = Vec::new();
            readings(&document, &path, 0, &mut expected);
            expected.sort_unstable();
            expected.dedup();
            let mut found: Vec<*const Value> = Vec::new();
            let flow = walk(&document, &path, &mut |candidate| {
                if !candidate.element {
                    found.push(candidate.value);
                }
                ControlFlow::Continue(())
            });
            prop_assert!(flow.is_continue());
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
