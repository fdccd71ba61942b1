//! Mapping of query paths to fields of documents.

use serde_json::Value;

use crate::Path;

/// Mapping of query paths to fields, for one API.
///
/// Dialects of an API may show the same stored document under different names. For each path of a
/// query, a schema gives the location of the value and the interpretation of an untyped operand. It
/// also gives the value of an absent member. Every method has a default, so that a schema only
/// names its exceptions.
///
/// # Example
///
/// ```
/// use epissure_filter::{Field, Kind, Options, Path, Query, Schema};
/// use serde_json::json;
///
/// struct Tickets;
///
/// impl Schema for Tickets {
///     fn field(&self, path: &Path) -> Field {
///         match path.as_joined() {
///             "creationDate" => Field::instant(path.clone()),
///             "totalDuration" => Field::number(path.clone()),
///             _ => Field::any(path.clone()),
///         }
///     }
/// }
///
/// let query = Query::parse("creationDate[gte]=2024-03-01&totalDuration[lt]=3600", &Tickets, &Options::default())?;
/// // 00:30 at +01:00 is still the last day of February in UTC.
/// assert!(!query.matches(&json!({"creationDate": "2024-03-01T00:30:00+01:00", "totalDuration": 60})));
/// assert!(query.matches(&json!({"creationDate": "2024-03-01T01:30:00+01:00", "totalDuration": 60})));
/// # Ok::<(), epissure_filter::QueryError>(())
/// ```
pub trait Schema: Send + Sync {
    /// Resolves a path as written in the query. The default is [`Field::any`].
    fn field(&self, path: &Path) -> Field {
        Field::any(path.clone())
    }

    /// Returns true when the API knows the first segment of a path. Called in
    /// [strict](crate::Options::strict) mode only.
    fn knows(&self, first_segment: &str) -> bool {
        let _ = first_segment;
        true
    }
}

/// A schema without rules: every path is used as written, untyped, and may be missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnySchema;

impl Schema for AnySchema {}

/// Field that a path denotes in an API.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Location of the value.
    pub source: Source,
    /// Interpretation of an untyped operand.
    pub kind: Kind,
    /// Value shown when the document has no such member.
    pub absent: Absent,
}

impl Field {
    /// Creates a field of the document, untyped and possibly missing.
    pub fn any(path: Path) -> Field {
        Field { source: Source::Document(path), kind: Kind::Any, absent: Absent::Missing }
    }

    /// Creates a field of the document that contains dates.
    pub fn instant(path: Path) -> Field {
        Field { kind: Kind::Instant, ..Field::any(path) }
    }

    /// Creates a field of the document that contains numbers.
    pub fn number(path: Path) -> Field {
        Field { kind: Kind::Number, ..Field::any(path) }
    }

    /// Creates a field with the same value in every document.
    pub fn constant(value: Value) -> Field {
        Field { source: Source::Constant(value), kind: Kind::Any, absent: Absent::Missing }
    }

    /// Returns the same field, shown as `value` where the document has no such member.
    #[must_use]
    pub fn or_value(self, value: Value) -> Field {
        Field { absent: Absent::Value(value), ..self }
    }
}

/// Location of the value of a [`Field`].
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// At this path of the document.
    Document(Path),
    /// A constant: the value is the same in every document, and not stored.
    Constant(Value),
}

/// Interpretation of the operand of an untyped comparison (`eq`, `ne`, `gt`, `gte`, `lt`, `lte`,
/// `in`, `nin`).
///
/// A type in the query (`[gt,num]`) takes precedence over the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// As text; `true` and `false` in `eq`, `ne`, `in` and `nin` also match the booleans.
    Any,
    /// As an instant: an RFC 3339 date-time, or a full date, which is its midnight UTC. Strings of
    /// the document are read the same way, and those that are not dates match no comparison.
    Instant,
    /// As a JSON number.
    Number,
}

/// Value shown where the document has no such member.
#[derive(Debug, Clone, PartialEq)]
pub enum Absent {
    /// No value: the member is missing.
    Missing,
    /// This value, for instance [`Value::Null`] in an API that shows its unset members as `null`.
    Value(Value),
}
