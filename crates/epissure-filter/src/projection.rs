//! Reading only what a query looks at.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::{Field, Predicate, SortKey, Source};

/// The first-level members of a document that some predicates and sort keys may look at.
///
/// Reading a document costs mostly the making of its values. A projection makes those that matter and passes over
/// the rest; predicates and keys find in the result what they would find in the whole document.
///
/// ```
/// use epissure_filter::{AnySchema, Options, Projection, Query};
///
/// let query = Query::parse("issues.building.name=B", &AnySchema, &Options::default())?;
/// let projection = Projection::new(&query.predicates, &query.sort);
/// let document = projection.read(r#"{"id": 1, "issues": {"building.name": "B"}, "issues.building": 2}"#)?;
/// assert_eq!(document, serde_json::json!({"issues": {"building.name": "B"}, "issues.building": 2}));
/// assert!(query.matches(&document));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Projection {
    /// Names of members, each the run of a path's first segments.
    members: Vec<String>,
}

impl Projection {
    /// The members that these may look at.
    #[must_use]
    pub fn new(predicates: &[Predicate], keys: &[SortKey]) -> Self {
        let fields =
            predicates.iter().map(|predicate| &predicate.field).chain(keys.iter().map(|key| &key.field));
        let mut members: Vec<String> = fields.flat_map(first_members).collect();
        members.sort_unstable();
        members.dedup();
        Self { members }
    }

    /// Reads a document as far as it matters.
    ///
    /// # Errors
    /// When the text is not a JSON object.
    pub fn read(&self, text: &str) -> serde_json::Result<Value> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let document = self.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(document)
    }

    fn wants(&self, member: &str) -> bool {
        self.members.iter().any(|wanted| wanted == member)
    }
}

/// The keys under which a path may begin: a key may hold dots, and so stand for several segments.
fn first_members(field: &Field) -> Vec<String> {
    let Source::Document(path) = &field.source else { return Vec::new() };
    path.keys(0).map(|(key, _)| key.to_owned()).collect()
}

impl<'de> DeserializeSeed<'de> for &Projection {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &Projection {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(wanted) = map.next_key_seed(Name(self))? {
            match wanted {
                Some(name) => {
                    members.insert(name, map.next_value()?);
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(members))
    }
}

/// Reads a member's name, and keeps it when the member is wanted.
struct Name<'a>(&'a Projection);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<String>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<String>, E> {
        Ok(self.0.wants(name).then(|| name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{AnySchema, Options, Query};

    fn read(query: &str, document: &Value) -> Value {
        let query = Query::parse(query, &AnySchema, &Options::default()).unwrap();
        Projection::new(&query.predicates, &query.sort).read(&document.to_string()).unwrap()
    }

    #[test]
    fn members_that_a_path_may_begin_with_are_kept_whole() {
        let document = json!({"a": {"b": 1, "c": 2}, "a.b": 3, "a.b.c": 4, "a.c": 5, "b": 6, "d": [7]});
        assert_eq!(read("a.b.c=1", &document), json!({"a": {"b": 1, "c": 2}, "a.b": 3, "a.b.c": 4}));
        assert_eq!(read("\"a.b\".c=1", &document), json!({"a.b": 3}));
        assert_eq!(read("b=1&sort=-d", &document), json!({"b": 6, "d": [7]}));
        assert_eq!(read("", &document), json!({}));
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for text in ["[1]", "1", "{", "{}x", ""] {
            assert!(Projection::default().read(text).is_err(), "{text}");
        }
    }
}
