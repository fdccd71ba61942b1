//! Selection of document members (`fields`).

use serde_json::{Map, Value};

use crate::{Path, PathError};

/// The `fields` parameter: the parts of documents to return.
///
/// Ticket lists accept names of first-level members, each returned whole
/// ([`FieldSelection::of_members`]). The [closed lists](crate::closed_lists#fields) accept paths
/// with stars ([`FieldSelection::of_paths`]). Names absent from every document are not errors.
/// `none` selects no member; the API then decides the minimum to return, such as the identifier.
///
/// ```
/// use epissure_filter::{AnySchema, FieldSelection, Options, Query};
///
/// let query = Query::parse("fields=name,id&fields=status,name", &AnySchema, &Options::default())?;
/// let fields = query.fields.expect("`fields` is given");
/// assert_eq!(fields, FieldSelection::of_members(["name", "id", "status"]));
/// assert!(fields.selects("status"));
/// # Ok::<(), epissure_filter::QueryError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSelection {
    parts: Vec<Part>,
}

/// One selected path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    steps: Vec<Step>,
    /// True to select everything at the path, rather than its scalars only.
    whole: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    /// `*`: every member.
    Each,
}

impl FieldSelection {
    /// Keyword that selects no member.
    pub const NONE: &'static str = "none";

    /// Selects first-level members, each whole; duplicates and [`FieldSelection::NONE`] are
    /// dropped.
    pub fn of_members<'a>(names: impl IntoIterator<Item = &'a str>) -> FieldSelection {
        let mut selection = FieldSelection::default();
        for name in names {
            selection.add_member(name);
        }
        selection
    }

    /// Selects the values at these paths, where `*` matches every member. Duplicates and
    /// [`FieldSelection::NONE`] are dropped.
    ///
    /// # Errors
    /// Returns [`PathError`] for the first invalid path.
    ///
    /// ```
    /// use epissure_filter::FieldSelection;
    /// use serde_json::json;
    ///
    /// let document = json!({
    ///     "id": "1", "fullName": "John Doe",
    ///     "contactMedium": [{"mediumType": "PHONE", "characteristic": {"phoneNumber": "0600000000"}}],
    /// });
    /// let select = |path| FieldSelection::of_paths([path])
    ///     .map(|selection| serde_json::Value::Object(selection.select(document.as_object().expect("an object"))));
    /// assert_eq!(select("fullName")?, json!({"fullName": "John Doe"}));
    /// assert_eq!(select("contactMedium")?, json!({"contactMedium": [{"mediumType": "PHONE"}]}));
    /// assert_eq!(
    ///     select("contactMedium.characteristic.*")?,
    ///     json!({"contactMedium": [{"characteristic": {"phoneNumber": "0600000000"}}]})
    /// );
    /// assert_eq!(select("none")?, json!({}));
    /// # Ok::<(), epissure_filter::PathError>(())
    /// ```
    pub fn of_paths<'a>(paths: impl IntoIterator<Item = &'a str>) -> Result<FieldSelection, PathError> {
        let mut selection = FieldSelection::default();
        for path in paths {
            selection.add_path(path)?;
        }
        Ok(selection)
    }

    pub(crate) fn add_member(&mut self, name: &str) {
        if name != FieldSelection::NONE {
            self.add(Part { steps: vec![Step::Member(name.to_owned())], whole: true });
        }
    }

    pub(crate) fn add_path(&mut self, text: &str) -> Result<(), PathError> {
        if text == FieldSelection::NONE {
            return Ok(());
        }
        let path = Path::parse(text)?;
        let steps = path.segments().iter().map(|segment| match segment.name() {
            "*" if !segment.is_quoted() => Step::Each,
            name => Step::Member(name.to_owned()),
        });
        self.add(Part { steps: steps.collect(), whole: false });
        Ok(())
    }

    fn add(&mut self, part: Part) {
        if !self.parts.contains(&part) {
            self.parts.push(part);
        }
    }

    /// Returns the number of distinct selected paths.
    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    /// Returns true when any part of the first-level member is selected. A store may skip other
    /// members.
    pub fn selects(&self, member: &str) -> bool {
        self.parts.iter().any(|part| part.steps[0].leads_to(member))
    }

    /// Returns true when no member is selected (`fields=none`).
    pub fn is_none(&self) -> bool {
        self.parts.is_empty()
    }

    /// Returns the selected parts of the document, in document order.
    ///
    /// Arrays are traversed. An object or an array with nothing selected in it is omitted.
    pub fn select(&self, document: &Map<String, Value>) -> Map<String, Value> {
        members(document, &self.parts.iter().map(Part::start).collect::<Vec<_>>())
    }
}

impl Part {
    fn start(&self) -> Reached<'_> {
        Reached { rest: &self.steps, whole: self.whole }
    }
}

impl Step {
    fn leads_to(&self, member: &str) -> bool {
        match self {
            Step::Member(name) => name == member,
            Step::Each => true,
        }
    }
}

/// The remaining steps of a selected path, from the current value.
#[derive(Clone, Copy)]
struct Reached<'a> {
    rest: &'a [Step],
    whole: bool,
}

impl<'a> Reached<'a> {
    fn is_here(&self) -> bool {
        self.rest.is_empty()
    }

    fn after(self, member: &str) -> Option<Reached<'a>> {
        let (first, rest) = self.rest.split_first()?;
        first.leads_to(member).then_some(Reached { rest, whole: self.whole })
    }
}

/// Returns the selected content of a value that these parts reach.
fn shown(value: &Value, parts: &[Reached<'_>]) -> Option<Value> {
    let here = parts.iter().any(Reached::is_here);
    if here && is_scalar(value) || parts.iter().any(|part| part.is_here() && part.whole) {
        return Some(value.clone());
    }
    match value {
        Value::Array(elements) => {
            let shown: Vec<Value> = elements.iter().filter_map(|element| shown(element, parts)).collect();
            (!shown.is_empty()).then_some(Value::Array(shown))
        }
        Value::Object(object) => {
            let shown = members(object, parts);
            (!shown.is_empty()).then_some(Value::Object(shown))
        }
        _ => None,
    }
}

fn members(object: &Map<String, Value>, parts: &[Reached<'_>]) -> Map<String, Value> {
    let here = parts.iter().any(Reached::is_here);
    let shown = object.iter().filter_map(|(name, member)| {
        let shown = if here && is_scalar(member) {
            Some(member.clone())
        } else {
            let inside: Vec<Reached<'_>> = parts.iter().filter_map(|part| part.after(name)).collect();
            if inside.is_empty() { None } else { shown(member, &inside) }
        };
        Some((name.clone(), shown?))
    });
    shown.collect()
}

/// Returns true when the value has no member to select: no object with members, alone or in an
/// array.
fn is_scalar(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(elements) => elements.iter().all(is_scalar),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn select(paths: &str, document: &Value) -> Value {
        let selection = FieldSelection::of_paths(paths.split(',')).unwrap();
        Value::Object(selection.select(document.as_object().unwrap()))
    }

    #[test]
    fn a_member_shows_its_scalars_and_a_star_goes_one_level_down() {
        let document = json!({
            "s": 1,
            "o": {"s": 1, "list": [1, "a"], "o": {"s": 2, "o": {"s": 3}}},
            "a": [{"s": 1, "o": {"s": 2}}, {"o": {"o": {"s": 3}}}, 4],
        });
        for (paths, expected) in [
            ("s", json!({"s": 1})),
            ("o", json!({"o": {"s": 1, "list": [1, "a"]}})),
            ("o.*", json!({"o": {"s": 1, "list": [1, "a"], "o": {"s": 2}}})),
            ("o.o", json!({"o": {"o": {"s": 2}}})),
            ("o.o.*", json!({"o": {"o": {"s": 2, "o": {"s": 3}}}})),
            ("o.*.s", json!({"o": {"o": {"s": 2}}})),
            ("o,o.o.o", json!({"o": {"s": 1, "list": [1, "a"], "o": {"o": {"s": 3}}}})),
            ("a", json!({"a": [{"s": 1}, 4]})),
            ("a.*", json!({"a": [{"s": 1, "o": {"s": 2}}]})),
            ("a.o.*", json!({"a": [{"o": {"s": 2}}, {"o": {"o": {"s": 3}}}]})),
            ("*", json!({"s": 1, "o": {"s": 1, "list": [1, "a"]}, "a": [{"s": 1}, 4]})),
            ("s.*", json!({})),
            ("a.s.t,missing,o.missing", json!({})),
            ("none", json!({})),
            ("none,s", json!({"s": 1})),
        ] {
            assert_eq!(select(paths, &document), expected, "{paths}");
        }
    }

    #[test]
    fn what_is_shown_keeps_the_order_of_the_document() {
        let document = json!({"b": 1, "a": {"d": 1, "c": 2}});
        assert_eq!(select("a.c,a.d,b", &document).to_string(), document.to_string());
    }

    #[test]
    fn an_empty_object_or_array_is_shown_as_it_is() {
        let document = json!({"a": [], "o": {}, "in": {"a": [{}], "o": {}}});
        assert_eq!(select("a,o,in", &document), document);
        assert_eq!(select("a.x,o.x", &document), json!({}));
    }

    #[test]
    fn quotes_make_a_name_of_a_star_and_of_a_dot() {
        let document = json!({"*": 1, "a.b": 2, "c": 3});
        assert_eq!(select(r#""*""#, &document), json!({"*": 1}));
        assert_eq!(select(r#""a.b""#, &document), json!({"a.b": 2}));
        assert!(FieldSelection::of_paths(["a..b"]).is_err());
    }

    #[test]
    fn members_are_shown_whole() {
        let document = json!({"a": {"b": {"c": [1]}}, "d": 1, "a.b": 2});
        let select = |names: &[&str]| {
            let selection = FieldSelection::of_members(names.iter().copied());
            Value::Object(selection.select(document.as_object().unwrap()))
        };
        assert_eq!(select(&["a"]), json!({"a": {"b": {"c": [1]}}}));
        assert_eq!(select(&["a.b"]), json!({"a.b": 2}));
        assert_eq!(select(&["none"]), json!({}));
    }

    #[test]
    fn says_which_members_matter() {
        let selection = FieldSelection::of_paths(["a", "b.c.*"]).unwrap();
        assert!(selection.selects("a") && selection.selects("b") && !selection.selects("c"));
        assert!(FieldSelection::of_paths(["*"]).unwrap().selects("anything"));
        assert!(FieldSelection::of_paths(["none"]).unwrap().is_none());
    }
}
