//! The query language of the ticket lists: parse a query, evaluate it on JSON documents, sort them.
//!
//! French telecom operators filter the tickets of each other's AnomalieAdresse APIs in the query
//! part of a URL: `status[in]=PENDING,RESOLVED&relatedEntity.id=IMB/1&sort=-creationDate`. This
//! crate parses that language, which its publishers call "TMF Filter", and evaluates it on
//! documents. It does no I/O and depends on neither HTTP nor SQL. A [`Query`] is a plain value,
//! which a store may translate to its own language. [`Query::matches`] is the reference for such a
//! translation.
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
//! An invalid query is refused with a message for its author:
//!
//! ```
//! use epissure_filter::{AnySchema, Options, Query};
//!
//! let error = Query::parse("age[gt,num]=many", &AnySchema, &Options::default()).unwrap_err();
//! assert_eq!(error.to_string(), "`age[gt,num]`: expected a JSON number, such as `18` or `-1.5`, not `many`");
//! assert_eq!(error.position, 12);
//! ```
//!
//! # Index
//!
//! | subject | items |
//! |---|---|
//! | the language: grammar, meaning of each operator, limits, every spelling | [`language`] |
//! | the smaller dialect of lists whose filters are an exhaustive list | [`closed_lists`] |
//! | parsing a query | [`Query::parse`], [`Query::parse_closed`], [`Options`], [`QueryError`] |
//! | dates, numbers, renamed and constant members | [`Schema`], [`Field`] |
//! | evaluating | [`Query::matches`], [`Predicate::matches`] |
//! | ordering | [`SortKey::compare`], [`compare_all`] |
//! | selecting parts of a document | [`FieldSelection`] |
//! | translating to another language | [`Predicate`], [`Test`], [`Operand`], [`Pattern::literal_prefix`] |
//! | RFC 3339 instants | [`instant::parse`] |
//! | canonical text of numbers | [`number::canonical`] |
//! | the tables of spellings | [`operators`], [`natures`], [`types`] |
//!
//! # Usage
//!
//! Pass [`Query::parse`] the query part of the URL **as received**. A form decoder ends a name at
//! the first `=`, which splits `age[>=]=18` in the wrong place.
//!
//! # Cost of a query
//!
//! Queries are untrusted input. Parsing is linear in the length of the query, except for compiling
//! regular expressions, whose number and size are bounded. Evaluating a predicate is bounded by the
//! number of values in the document times the size of the predicate. Regular expressions match in
//! linear time. All readings of a path through dotted keys are walked together, so that a value is
//! visited at most once. See [`Limits`].

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
pub use wording::excerpt;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
