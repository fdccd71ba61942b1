//! The order of a list.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use jiff::Timestamp;
use serde_json::{Number, Value};

use crate::{Field, Kind, instant, number};

/// One key of the `sort` parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// Compared field.
    pub field: Field,
    /// True for descending order.
    pub descending: bool,
    /// The key as written: `-creationDate`.
    pub parameter: String,
}

impl SortKey {
    /// Compares two documents by this key.
    ///
    /// Values of different types are in the order null, number, string, object, array, boolean; a
    /// missing value sorts as null. Numbers are compared by value, strings by their bytes, `false`
    /// before `true`. Two objects are equal, and so are two arrays. Of several values, or in an
    /// array, the smallest counts in ascending order and the greatest in descending order. An empty
    /// array sorts as null. In a field of [`Kind::Instant`], dates are compared as instants and
    /// follow other strings.
    ///
    /// The order is a total preorder, as sort functions require.
    pub fn compare(&self, a: &Value, b: &Value) -> Ordering {
        let order = self.value(a).cmp(&self.value(b));
        if self.descending { order.reverse() } else { order }
    }

    /// Returns the value that determines the document's position.
    pub fn value<'a>(&'a self, document: &'a Value) -> SortValue<'a> {
        let mut extreme: Option<SortValue<'a>> = None;
        let flow = self.field.visit(document, &mut |candidate| {
            // An array found at the path is compared through its elements, which follow it.
            if candidate.element || !candidate.value.is_array() {
                let value = SortValue::new(candidate.value, self.field.kind);
                extreme = Some(match extreme.take() {
                    None => value,
                    Some(other) if self.descending => other.max(value),
                    Some(other) => other.min(value),
                });
            }
            ControlFlow::Continue(())
        });
        debug_assert!(flow.is_continue());
        extreme.unwrap_or(SortValue::Null)
    }
}

/// Compares two documents by the first key that distinguishes them.
///
/// ```
/// use epissure_filter::{compare_all, AnySchema, Options, Query};
/// use serde_json::json;
///
/// let query = Query::parse("sort=-priority,name", &AnySchema, &Options::default())?;
/// let mut documents = [json!({"name": "b", "priority": 1}), json!({"name": "a", "priority": 1}), json!({"priority": 2})];
/// documents.sort_by(|a, b| compare_all(&query.sort, a, b));
/// assert_eq!(documents, [json!({"priority": 2}), json!({"name": "a", "priority": 1}), json!({"name": "b", "priority": 1})]);
/// # Ok::<(), epissure_filter::QueryError>(())
/// ```
pub fn compare_all(keys: &[SortKey], a: &Value, b: &Value) -> Ordering {
    keys.iter().map(|key| key.compare(a, b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// The value by which a [`SortKey`] orders a document. Its order is the ascending one.
#[derive(Debug, Clone, Copy)]
pub enum SortValue<'a> {
    /// Null, missing, or an empty array.
    Null,
    /// A number.
    Number(&'a Number),
    /// A string; in a field of [`Kind::Instant`], one that is not a date.
    String(&'a str),
    /// A string that is a date, in a field of [`Kind::Instant`].
    Instant(Timestamp),
    /// An object.
    Object,
    /// An array within an array.
    Array,
    /// A boolean.
    Bool(bool),
}

impl<'a> SortValue<'a> {
    fn new(value: &'a Value, kind: Kind) -> SortValue<'a> {
        match value {
            Value::Null => SortValue::Null,
            Value::Number(number) => SortValue::Number(number),
            Value::String(text) => match kind {
                Kind::Instant => instant::parse(text).map_or(SortValue::String(text), SortValue::Instant),
                Kind::Any | Kind::Number => SortValue::String(text),
            },
            Value::Object(_) => SortValue::Object,
            Value::Array(_) => SortValue::Array,
            Value::Bool(bool) => SortValue::Bool(*bool),
        }
    }

    fn rank(self) -> u8 {
        match self {
            SortValue::Null => 0,
            SortValue::Number(_) => 1,
            SortValue::String(_) => 2,
            SortValue::Instant(_) => 3,
            SortValue::Object => 4,
            SortValue::Array => 5,
            SortValue::Bool(_) => 6,
        }
    }
}

impl Ord for SortValue<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (SortValue::Number(a), SortValue::Number(b)) => number::compare(a, b),
            (SortValue::String(a), SortValue::String(b)) => a.cmp(b),
            (SortValue::Instant(a), SortValue::Instant(b)) => a.cmp(b),
            (SortValue::Bool(a), SortValue::Bool(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}

impl PartialOrd for SortValue<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortValue<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SortValue<'_> {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Path;

    fn key(path: &str, kind: Kind, descending: bool) -> SortKey {
        let field = Field { kind, ..Field::any(Path::parse(path).unwrap()) };
        SortKey { field, descending, parameter: path.to_owned() }
    }

    /// Asserts that the values of `f` are strictly ascending.
    fn ascends(kind: Kind, values: &[Value]) {
        let key = key("f", kind, false);
        for pair in values.windows(2) {
            let [a, b] = [json!({"f": pair[0]}), json!({"f": pair[1]})];
            assert_eq!(key.compare(&a, &b), Ordering::Less, "{a} {b}");
            assert_eq!(key.compare(&b, &a), Ordering::Greater, "{b} {a}");
            assert_eq!(key.compare(&a, &a), Ordering::Equal, "{a}");
        }
    }

    #[test]
    fn types_have_an_order() {
        ascends(
            Kind::Any,
            &[
                json!(null),
                json!(-1),
                json!(0.5),
                json!(1),
                json!(""),
                json!("10"),
                json!("9"),
                json!("B"),
                json!("a"),
                json!("é"),
                json!({}),
                json!([[]]),
                json!(false),
                json!(true),
            ],
        );
    }

    #[test]
    fn missing_is_null_and_so_is_the_empty_array() {
        let key = key("f", Kind::Any, false);
        for document in [json!({}), json!({"f": []}), json!({"f": null}), json!(1)] {
            assert_eq!(key.value(&document), SortValue::Null);
        }
        let shown = SortKey { field: key.field.clone().or_value(json!("x")), ..key };
        assert_eq!(shown.value(&json!({})), SortValue::String("x"));
    }

    #[test]
    fn an_array_counts_by_its_smallest_or_its_greatest() {
        let document = json!({"f": [2, 1, 3], "g": [{"h": 5}, {"h": [4, 6]}, {}]});
        let counts = |path, descending, expected: u32| {
            let key = key(path, Kind::Any, descending);
            assert_eq!(key.value(&document), SortValue::Number(&expected.into()), "{path} {descending}");
        };
        counts("f", false, 1);
        counts("f", true, 3);
        counts("g.h", false, 4);
        counts("g.h", true, 6);
    }

    #[test]
    fn dates_are_compared_as_instants() {
        ascends(
            Kind::Instant,
            &[
                json!(1),
                json!("not a date"),
                json!("2024-01-01T01:00:00+02:00"),
                json!("2023-12-31T23:30:00Z"),
                json!("2024-01-01"),
                json!(true),
            ],
        );
        let key = key("f", Kind::Instant, false);
        let [a, b] = [json!({"f": "2024-01-01"}), json!({"f": "2024-01-01T00:00:00.000+00:00"})];
        assert_eq!(key.compare(&a, &b), Ordering::Equal);
    }
}
