//! Lists whose filters are an exhaustive list.

mod parse;

use crate::Place;

/// What may be asked of a list, when that is an exhaustive list of attributes and operators
/// ([the dialect](crate::closed_lists)).
///
/// One table, from which queries are read ([`Query::parse_closed`](crate::Query::parse_closed)), the messages of
/// refusals are made, and an API's documentation may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedList {
    /// What may be filtered on.
    pub attributes: &'static [Attribute],
    /// What may be filtered on two by two.
    pub pairs: &'static [Pair],
    /// What may be sorted by; nothing when the list cannot be sorted.
    pub sortable: &'static [&'static str],
}

/// An attribute that may be filtered on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Its path, as in the language of the other lists.
    pub path: &'static str,
    /// What it is compared with.
    pub values: Values,
    /// The patterns that `*=` takes; none when the attribute takes `=` only.
    pub globs: &'static [Place],
}

/// What an attribute may be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Any text.
    Text,
    /// `true` or `false`.
    Bool,
    /// One of these texts.
    OneOf(&'static [&'static str]),
}

/// Two members of the elements of an array that are filtered on together, and mean the same element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The path of the array.
    pub array: &'static str,
    /// The member that says what the other is.
    pub key: &'static str,
    /// What the key may be.
    pub keys: &'static [PairKey],
    /// The other member.
    pub value: &'static str,
}

/// One of the values of a pair's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairKey {
    /// The value.
    pub name: &'static str,
    /// The patterns that `*=` takes on the other half; none when that takes `=` only.
    pub globs: &'static [Place],
}

impl ClosedList {
    /// The names of the parameters that filter.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let attributes = self.attributes.iter().map(|attribute| attribute.path.to_owned());
        attributes.chain(self.pairs.iter().flat_map(|pair| [pair.key_name(), pair.value_name()]))
    }
}

impl Pair {
    /// The name of the parameter that gives the key.
    #[must_use]
    pub fn key_name(&self) -> String {
        format!("{}.{}", self.array, self.key)
    }

    /// The name of the parameter that gives the value.
    #[must_use]
    pub fn value_name(&self) -> String {
        format!("{}.{}", self.array, self.value)
    }

    /// Where the text of a pattern may stand, whatever the key.
    fn globs(&self) -> &'static [Place] {
        self.keys.iter().map(|key| key.globs).max_by_key(|globs| globs.len()).unwrap_or_default()
    }
}
