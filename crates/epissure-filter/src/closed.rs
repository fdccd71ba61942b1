//! Closed lists: lists whose filters are exhaustively declared.

mod parse;

use crate::Place;

/// Filters of a list, as an exhaustive table of attributes and operators
/// ([the dialect](crate::closed_lists)).
///
/// [`Query::parse_closed`](crate::Query::parse_closed) reads queries against this table. Messages
/// of refusals are built from it, and an API's documentation can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedList {
    /// Attributes that may be filtered on.
    pub attributes: &'static [Attribute],
    /// Pairs of members that may be filtered on together.
    pub pairs: &'static [Pair],
    /// Sort keys; empty when the list cannot be sorted.
    pub sortable: &'static [&'static str],
}

/// An attribute that may be filtered on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Path, in the syntax of the other lists.
    pub path: &'static str,
    /// Values it may be compared with.
    pub values: Values,
    /// Patterns that `*=` accepts; empty when the attribute accepts `=` only.
    pub globs: &'static [Place],
}

/// Values that an attribute may be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Any text.
    Text,
    /// `true` or `false`.
    Bool,
    /// One of these texts.
    OneOf(&'static [&'static str]),
}

/// Two members of an array's elements, filtered on together and matched on the same element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The path of the array.
    pub array: &'static str,
    /// Name of the member that contains the key.
    pub key: &'static str,
    /// Accepted keys.
    pub keys: &'static [PairKey],
    /// Name of the member that contains the value.
    pub value: &'static str,
}

/// One of the values of a pair's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairKey {
    /// The value.
    pub name: &'static str,
    /// Patterns that `*=` accepts on the value; empty when it accepts `=` only.
    pub globs: &'static [Place],
}

impl ClosedList {
    /// Returns the names of the filter parameters.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let attributes = self.attributes.iter().map(|attribute| attribute.path.to_owned());
        attributes.chain(self.pairs.iter().flat_map(|pair| [pair.key_name(), pair.value_name()]))
    }
}

impl Pair {
    /// Returns the name of the key's parameter.
    #[must_use]
    pub fn key_name(&self) -> String {
        format!("{}.{}", self.array, self.key)
    }

    /// Returns the name of the value's parameter.
    #[must_use]
    pub fn value_name(&self) -> String {
        format!("{}.{}", self.array, self.value)
    }

    /// Returns the longest list of pattern places among the keys.
    fn globs(&self) -> &'static [Place] {
        self.keys.iter().map(|key| key.globs).max_by_key(|globs| globs.len()).unwrap_or_default()
    }
}
