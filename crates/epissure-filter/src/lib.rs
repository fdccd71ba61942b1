//! The query language of the lists: parse, evaluate on JSON, plan. No I/O.

mod error;
mod evaluate;
mod fields;
mod instant;
mod json_pattern;
mod limits;
mod nature;
mod number;
mod operand;
mod operator;
mod parse;
mod path;
mod pattern;
pub mod plan;
mod query;
mod raw;
mod schema;
mod sort;
mod sort_bytes;
mod walk;

pub mod language {
    //! The language.
}

pub use error::{QueryError, QueryErrorKind};
pub use fields::FieldSelection;
pub use json_pattern::{JsonPattern, JsonPatternError};
pub use limits::{Limits, Options};
pub use nature::{Nature, NatureEntry, natures};
pub use operand::Operand;
pub use operator::{Alias, OperandType, Operator, OperatorEntry, Origin, TypeEntry, operators, types};
pub use path::{Path, PathError, PathErrorKind, Segment};
pub use pattern::{Pattern, PatternError};
pub use plan::Plan;
pub use query::{Comparison, Predicate, Query, Test};
pub use schema::{Absent, AnySchema, Field, Kind, Schema, Source};
pub use sort::{SortKey, SortValue, compare_all};
pub use walk::visit;
