//! The members that a reader asks for.

/// The `fields` parameter: first-level members of the documents, in the order written, each once.
///
/// Names that no document has are not an error. `none` asks for no member; what a reader gets then (its
/// identity, at least) is the API's to say.
///
/// ```
/// use epissure_filter::{AnySchema, Options, Query};
///
/// let query = Query::parse("fields=name,id&fields=status,name", &AnySchema, &Options::default())?;
/// let fields = query.fields.expect("`fields` is given");
/// assert_eq!(fields.names(), ["name", "id", "status"]);
/// assert!(fields.contains("status"));
/// # Ok::<(), epissure_filter::QueryError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSelection {
    names: Vec<String>,
}

impl FieldSelection {
    /// The keyword that asks for no member.
    pub const NONE: &'static str = "none";

    /// The selection of these names, from which duplicates and [`FieldSelection::NONE`] are left out.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> FieldSelection {
        let mut selection = FieldSelection::default();
        let mut seen = std::collections::HashSet::new();
        for name in names {
            if name != FieldSelection::NONE && seen.insert(name) {
                selection.names.push(name.to_owned());
            }
        }
        selection
    }

    /// The names, in the order written, each once.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the member is asked for.
    pub fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|selected| selected == name)
    }

    /// Whether no member is asked for: `fields=none`.
    pub fn is_none(&self) -> bool {
        self.names.is_empty()
    }
}

/// The names in one value of the parameter.
pub(crate) fn split(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_and_drops_duplicates() {
        let selection = FieldSelection::new(split("b, a,,b,c"));
        assert_eq!(selection.names(), ["b", "a", "c"]);
        assert!(selection.contains("a") && !selection.contains("d") && !selection.is_none());
    }

    #[test]
    fn none_adds_nothing() {
        assert!(FieldSelection::new(split("none")).is_none());
        assert_eq!(FieldSelection::new(split("none,a")).names(), ["a"]);
    }
}
