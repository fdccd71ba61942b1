//! What a query asks, once read.

use crate::{Field, FieldSelection, Glob, JsonPattern, Nature, Operand, Pattern, SortKey};

/// A query: which documents, in which order, which of their members, which page.
///
/// See [`Query::parse`] and [the language](crate::language), [`Query::parse_closed`] and
/// [the closed lists](crate::closed_lists).
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What a document must satisfy, all of it. In the order written.
    pub predicates: Vec<Predicate>,
    /// The order of the list, the first key deciding first.
    pub sort: Vec<SortKey>,
    /// The members asked for; `None` for all.
    pub fields: Option<FieldSelection>,
    /// How many documents to skip.
    pub offset: u64,
    /// Where to go on instead, as an earlier page told; its meaning is the API's.
    pub cursor: Option<String>,
    /// How many documents to return at most. May be 0.
    pub limit: u32,
}

/// One condition on the documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// The parameter's name as written, percent-decoded: `status[in]`.
    pub parameter: String,
    /// What is tested.
    pub field: Field,
    /// The test: a document passes it when one of the values found in the field does.
    pub test: Test,
    /// Whether the predicate holds for the documents that do *not* pass the test, those without the field
    /// included.
    pub negated: bool,
}

/// A test of the values found in a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `eq`, `gt`, `gte`, `lt`, `lte`; negated, `ne`.
    Compare(Comparison, Operand),
    /// `in`; negated, `nin`: equal to one of the operands.
    In(Vec<Operand>),
    /// `regex`; negated, `nregex`: a string that matches.
    Regex(Pattern),
    /// `is`; negated, `isnot`.
    Is(Nature),
    /// `json`; negated, `njson`: an object that contains the pattern.
    Json(JsonPattern),
    /// `*=` of the [closed lists](crate::closed_lists): a string that has the text.
    Glob(Glob),
    /// An object, or an element of the array, that satisfies all of these by itself; their paths begin in it.
    Element(Vec<Predicate>),
}

/// How a value stands to an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// The value equals the operand.
    Equal,
    /// The value is greater than the operand.
    Greater,
    /// The value is greater than the operand, or equals it.
    GreaterOrEqual,
    /// The value is less than the operand.
    Less,
    /// The value is less than the operand, or equals it.
    LessOrEqual,
}
