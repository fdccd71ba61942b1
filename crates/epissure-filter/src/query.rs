//! Parsed queries.

use crate::{Field, FieldSelection, Glob, JsonPattern, Nature, Operand, Pattern, SortKey};

/// A query: conditions on the documents, their order, selected members and page.
///
/// See [`Query::parse`] and [the language](crate::language), [`Query::parse_closed`] and
/// [the closed lists](crate::closed_lists).
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Conditions on the documents, all required, in the order written.
    pub predicates: Vec<Predicate>,
    /// Sort keys, the most significant first.
    pub sort: Vec<SortKey>,
    /// Selected members; `None` for all.
    pub fields: Option<FieldSelection>,
    /// Number of documents to skip.
    pub offset: u64,
    /// Position returned with an earlier page, in place of `offset`; its format is the API's.
    pub cursor: Option<String>,
    /// Maximum number of documents to return. May be 0.
    pub limit: u32,
}

/// One condition on the documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// The parameter's name as written, percent-decoded: `status[in]`.
    pub parameter: String,
    /// Tested field.
    pub field: Field,
    /// Test, passed when at least one value found in the field passes it.
    pub test: Test,
    /// True to match the documents that do *not* pass the test, including those without the field.
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
    /// `*=` of the [closed lists](crate::closed_lists): a string that begins with or contains the
    /// text.
    Glob(Glob),
    /// An object, or an element of the array, that alone satisfies all of these; their paths begin
    /// in it.
    Element(Vec<Predicate>),
}

/// Relation of a value to an operand.
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
