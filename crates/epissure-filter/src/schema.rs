//! How a reader sees the paths of the documents.

use serde_json::Value;

use crate::Path;

/// How the readers of one API see the documents.
///
/// The same stored document may be shown under different names by different dialects of an API. A schema
/// tells, for each path written in a query, where the value lies, how an untyped operand is to be read and
/// what stands there when the document says nothing. Everything has a default, so that a schema only names
/// its exceptions.
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

    /// Whether the first segment of a path is a member this API knows. Only asked in
    /// [strict](crate::Options::strict) mode.
    fn knows(&self, first_segment: &str) -> bool {
        let _ = first_segment;
        true
    }
}

/// The schema that knows nothing: every path is read as it is written, untyped, and may be missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnySchema;

impl Schema for AnySchema {}

/// What a path means to the readers of an API.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Where the value lies.
    pub source: Source,
    /// How the operand of an untyped comparison is read.
    pub kind: Kind,
    /// What a reader sees when the document has no such member.
    pub absent: Absent,
}

impl Field {
    /// A field of the document whose comparisons are untyped and which may be missing.
    pub fn any(path: Path) -> Field {
        Field { source: Source::Document(path), kind: Kind::Any, absent: Absent::Missing }
    }

    /// A field of the document that holds dates.
    pub fn instant(path: Path) -> Field {
        Field { kind: Kind::Instant, ..Field::any(path) }
    }

    /// A field of the document that holds numbers.
    pub fn number(path: Path) -> Field {
        Field { kind: Kind::Number, ..Field::any(path) }
    }

    /// A field that has the same value in every document.
    pub fn constant(value: Value) -> Field {
        Field { source: Source::Constant(value), kind: Kind::Any, absent: Absent::Missing }
    }

    /// The same field, seen as `value` where the document has no such member.
    #[must_use]
    pub fn or_value(self, value: Value) -> Field {
        Field { absent: Absent::Value(value), ..self }
    }
}

/// Where the value of a [`Field`] lies.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// At this path of the document.
    Document(Path),
    /// Nowhere: the value is the same in every document, and not stored.
    Constant(Value),
}

/// How the operand of an untyped comparison (`eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `in`, `nin`) is read.
///
/// A type in the query (`[gt,num]`) wins over the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// As text; `true` and `false` in `eq`, `ne`, `in` and `nin` also stand for the booleans.
    Any,
    /// As an instant: an RFC 3339 date-time, or a full date, which is its midnight UTC. Strings of the
    /// document are read the same way, and those that are not dates match no comparison.
    Instant,
    /// As a JSON number.
    Number,
}

/// What a reader sees where the document has no such member.
#[derive(Debug, Clone, PartialEq)]
pub enum Absent {
    /// Nothing: the member is not shown.
    Missing,
    /// This value, for instance [`Value::Null`] in an API that shows its unset members as `null`.
    Value(Value),
}
