//! The query language of the ticket lists: parse a query, evaluate it on JSON documents, sort them.
//!
//! French telecom operators filter the tickets of each other's AnomalieAdresse APIs in the query part of a URL:
//! `status[in]=PENDING,RESOLVED&relatedEntity.id=IMB/1&sort=-creationDate`. This crate reads that language, which
//! its publishers call "TMF Filter", and says which documents match. It does no I/O and knows nothing of HTTP or
//! of SQL: a [`Query`] is a plain value, which a store may translate to its own language, and
//! [`Query::matches`] is the reference that the translation has to agree with.
//!
//! # Example
//!
//! ```
//! use epissure_filter::{compare_all, AnySchema, Options, Query};
//! use serde_json::json;
//!
//! let tickets = [
//!     json!({"id": "1", "status": "PENDING", "severity": 2, "relatedEntity": [{"id": "IMB/1"}]}),
//!     json!({"id": "2", "status": "CLOSED", "severity": 5, "relatedEntity": [{"id": "IMB/1"}]}),
//!     json!({"id": "3", "status": "PENDING", "severity": 3, "relatedEntity": [{"id": "IMB/7"}, {"id": "IMB/1"}]}),
//! ];
//!
//! let raw = "status[in]=PENDING,RESOLVED&relatedEntity.id=IMB/1&severity[>=,num]=2&sort=-severity&limit=5";
//! let query = Query::parse(raw, &AnySchema, &Options::default())?;
//!
//! let mut page: Vec<_> = tickets.iter().filter(|ticket| query.matches(ticket)).collect();
//! page.sort_by(|a, b| compare_all(&query.sort, a, b));
//! page.truncate(query.limit as usize);
//! assert_eq!(page, [&tickets[2], &tickets[0]]);
//! # Ok::<(), epissure_filter::QueryError>(())
//! ```
//!
//! A query that is wrong is refused with a sentence for its author:
//!
//! ```
//! use epissure_filter::{AnySchema, Options, Query};
//!
//! let error = Query::parse("age[gt,num]=many", &AnySchema, &Options::default()).unwrap_err();
//! assert_eq!(error.to_string(), "`age[gt,num]`: expected a JSON number, such as `18` or `-1.5`, not `many`");
//! assert_eq!(error.position, 12);
//! ```
//!
//! # Where to look
//!
//! | for | see |
//! |---|---|
//! | the language: grammar, meaning of each operator, limits, every spelling | [`language`] |
//! | the smaller dialect of lists whose filters are an exhaustive list | [`closed_lists`] |
//! | reading a query | [`Query::parse`], [`Query::parse_closed`], [`Options`], [`QueryError`] |
//! | dates, numbers, renamed and constant members | [`Schema`], [`Field`] |
//! | evaluating | [`Query::matches`], [`Predicate::matches`] |
//! | ordering | [`SortKey::compare`], [`compare_all`] |
//! | showing a part of a document | [`FieldSelection`] |
//! | translating to another language | [`Predicate`], [`Test`], [`Operand`], [`Pattern::literal_prefix`] |
//! | instants, read as RFC 3339 writes them | [`instant::parse`] |
//! | numbers, the same text for the same value | [`number::canonical`] |
//! | the tables of spellings | [`operators`], [`natures`], [`types`] |
//!
//! # Usage
//!
//! Give [`Query::parse`] the query part of the URL **as it was received**. A form decoder ends a name at the first
//! `=`, and would cut `age[>=]=18` in the wrong place.
//!
//! # What a query costs
//!
//! Queries come from strangers. Parsing is linear in the length of the query, except for the compilation of regular
//! expressions, whose number and size are bounded. Evaluating a predicate is bounded by the number of values in the
//! document times the size of the predicate: regular expressions match in linear time, and the many readings of a path
//! through dotted keys go down the document together, so that a value is visited once at most. See [`Limits`].

mod closed;
mod error;
mod evaluate;
mod fields;
mod glob;
pub mod instant;
mod json_pattern;
mod limits;
mod nature;
pub mod number;
mod operand;
mod operator;
mod page;
mod parse;
mod path;
mod pattern;
pub mod plan;
mod projection;
mod query;
mod raw;
mod schema;
mod sort;
mod sort_bytes;
mod walk;
mod wording;

#[doc = include_str!("../docs/language.md")]
pub mod language {}

#[doc = include_str!("../docs/closed-lists.md")]
pub mod closed_lists {}

pub use closed::{Attribute, ClosedList, Pair, PairKey, Values};
pub use error::{QueryError, QueryErrorKind};
pub use fields::FieldSelection;
pub use glob::{Glob, Place, fold};
pub use json_pattern::{JsonPattern, JsonPatternError};
pub use limits::{Limits, Options};
pub use nature::{Nature, NatureEntry, natures};
pub use operand::Operand;
pub use operator::{Alias, OperandType, Operator, OperatorEntry, Origin, TypeEntry, operators, types};
pub use path::{Path, PathError, PathErrorKind, Segment};
pub use pattern::{Pattern, PatternError};
pub use plan::Plan;
pub use projection::Projection;
pub use query::{Comparison, Predicate, Query, Test};
pub use schema::{Absent, AnySchema, Field, Kind, Schema, Source};
pub use sort::{SortKey, SortValue, compare_all};
pub use walk::{visit, visit_pairs};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
