//! The natures that `is` and `isnot` test.

use serde_json::{Number, Value};

use crate::number::Decimal;

use crate::instant;
use crate::walk::Candidate;

/// Property that `is` tests.
///
/// `notnull` and `notexists` are the negations of [`Nature::Null`] and [`Nature::Exists`] and have
/// no variant; `notempty` is not the negation of `empty` and has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nature {
    /// The value, or an element of it, is `null`. A missing field is not null.
    Null,
    /// A value is present, even `null`.
    Exists,
    /// The value is `""`, `[]` or `{}`. Neither `null` nor a missing field is empty.
    Empty,
    /// The value is a string, an array or an object, and its size is not zero.
    NotEmpty,
    /// The value, or an element of it, is a number without fraction, of magnitude below 2⁶³. `1.0`
    /// is one.
    Int,
    /// The value is an array.
    Array,
    /// The value, or an element of it, is an object.
    Object,
    /// The value, or an element of it, is a string.
    String,
    /// The value, or an element of it, is a boolean.
    Bool,
    /// The value, or an element of it, is a string that is an RFC 3339 date-time or full date.
    Date,
}

/// One row of the table of [`natures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NatureEntry {
    /// The spelling used in messages and documentation. It is the first of the aliases.
    pub name: &'static str,
    /// Every spelling, in lower case. Case does not matter in a query.
    pub aliases: &'static [&'static str],
    /// The nature tested.
    pub nature: Nature,
    /// True when the test is negated.
    pub negated: bool,
}

/// Returns the values of `is` and `isnot`: the union of those of the Orange page and of the Interop
/// common contract.
pub fn natures() -> &'static [NatureEntry] {
    NATURES
}

const fn entry(aliases: &'static [&'static str], nature: Nature, negated: bool) -> NatureEntry {
    NatureEntry { name: aliases[0], aliases, nature, negated }
}

static NATURES: &[NatureEntry] = &[
    entry(&["null"], Nature::Null, false),
    entry(&["notnull", "nnull"], Nature::Null, true),
    entry(&["exists"], Nature::Exists, false),
    entry(&["notexists", "nexists"], Nature::Exists, true),
    entry(&["empty"], Nature::Empty, false),
    entry(&["notempty", "nempty"], Nature::NotEmpty, false),
    entry(&["int", "integer"], Nature::Int, false),
    entry(&["array"], Nature::Array, false),
    entry(&["object"], Nature::Object, false),
    entry(&["string"], Nature::String, false),
    entry(&["bool", "boolean"], Nature::Bool, false),
    entry(&["date"], Nature::Date, false),
];

impl Nature {
    /// Returns the row of the table of [`natures`] that an alias spells, ignoring case.
    pub fn from_alias(text: &str) -> Option<&'static NatureEntry> {
        NATURES.iter().find(|entry| entry.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(text)))
    }

    pub(crate) fn holds(self, candidate: Candidate<'_>) -> bool {
        let Candidate { value, element } = candidate;
        match self {
            Nature::Exists => true,
            Nature::Null => value.is_null(),
            Nature::Empty => !element && size(value) == Some(0),
            Nature::NotEmpty => !element && size(value).is_some_and(|size| size > 0),
            Nature::Int => value.as_number().is_some_and(is_integer),
            Nature::Array => !element && value.is_array(),
            Nature::Object => value.is_object(),
            Nature::String => value.is_string(),
            Nature::Bool => value.is_boolean(),
            Nature::Date => value.as_str().is_some_and(|text| instant::parse(text).is_some()),
        }
    }
}

fn size(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.len()),
        Value::Array(elements) => Some(elements.len()),
        Value::Object(members) => Some(members.len()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Returns true when the value is an integer that fits the 64-bit integers of databases.
fn is_integer(number: &Number) -> bool {
    let (whole, exact) = Decimal::from(number).floor();
    exact && whole != i64::MIN
}
