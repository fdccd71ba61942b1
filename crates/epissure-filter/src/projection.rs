//! Partial parsing of documents: only the members that a query reads.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::{Field, Predicate, SortKey, Source};

/// The first-level members of a document that predicates and sort keys may read.
///
/// Creating values is most of the cost of parsing a document. A projection creates the values of
/// the needed members and skips the rest. Predicates and keys find the same values in the result as
/// in the whole document.
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
    /// Names of members, each spelled by a path's first segments.
    members: Vec<String>,
}

impl Projection {
    /// Creates the projection of predicates and sort keys.
    #[must_use]
    pub fn new(predicates: &[Predicate], keys: &[SortKey]) -> Self {
        let fields =
            predicates.iter().map(|predicate| &predicate.field).chain(keys.iter().map(|key| &key.field));
        let mut members: Vec<String> = fields.flat_map(first_members).collect();
        members.sort_unstable();
        members.dedup();
        Self { members }
    }

    /// Parses a document up to the last needed member. When a name occurs twice, which JSON leaves
    /// open, either value may be returned.
    ///
    /// # Errors
    /// Fails when the parsed part of the text is not a JSON object.
    pub fn read(&self, text: &str) -> serde_json::Result<Value> {
        let mut members = Map::new();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let read = Reading { projection: self, members: &mut members }.deserialize(&mut deserializer);
        if members.len() < self.members.len() || self.members.is_empty() {
            read?;
            deserializer.end()?;
        }
        Ok(Value::Object(members))
    }

    fn wants(&self, member: &str) -> bool {
        self.members.iter().any(|wanted| wanted == member)
    }
}

/// Returns the keys with which a path may begin: a key may contain dots, and so span several
/// segments.
fn first_members(field: &Field) -> Vec<String> {
    let Source::Document(path) = &field.source else { return Vec::new() };
    path.keys(0).map(|(key, _)| key.to_owned()).collect()
}

/// Parses the needed members, then stops.
struct Reading<'a> {
    projection: &'a Projection,
    members: &'a mut Map<String, Value>,
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(wanted) = map.next_key_seed(Name(self.projection))? {
            match wanted {
                Some(name) => {
                    self.members.insert(name, map.next_value()?);
                    if self.members.len() == self.projection.members.len() {
                        return Ok(());
                    }
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Parses a member's name; returns it when the member is needed.
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

    #[test]
    fn reading_ends_with_the_last_wanted_member() {
        let query = Query::parse("b=1&a[ne]=2", &AnySchema, &Options::default()).unwrap();
        let projection = Projection::new(&query.predicates, &query.sort);
        let begun = r#"{"a": 1, "c": [2], "b": {"d": 3}, "e": and what follows"#;
        assert_eq!(projection.read(begun).unwrap(), json!({"a": 1, "b": {"d": 3}}));
        assert!(projection.read(r#"{"a": 1, "c": 2, "e": and what"#).is_err());
    }
}
