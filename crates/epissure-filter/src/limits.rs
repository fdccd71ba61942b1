//! Bounds on queries.

/// Settings of an API's lists.
///
/// ```
/// use epissure_filter::{AnySchema, Options, Query};
///
/// let options = Options { default_limit: 50, ..Options::default() };
/// assert_eq!(Query::parse("", &AnySchema, &options)?.limit, 50);
/// # Ok::<(), epissure_filter::QueryError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Page size when the query gives none: 10 by default, as on the Orange page (50 in the Interop
    /// common contract).
    pub default_limit: u32,
    /// The greatest page size: 100 by default, as in the Interop common contract.
    pub max_limit: u32,
    /// True to refuse a path whose first segment is [unknown](crate::Schema::knows). Off by
    /// default: documents may be extended, and such a path is then simply missing.
    pub strict: bool,
    /// Bounds on the shape of the query.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Options {
        Options { default_limit: 10, max_limit: 100, strict: false, limits: Limits::default() }
    }
}

/// Bounds on the shape of a query, which limit the cost of parsing and evaluating it.
///
/// The bounds of a path are those of [`Path`](crate::Path): 16 segments, 256 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The length of the raw query, in bytes: 8,192.
    pub query_bytes: usize,
    /// The number of predicates: 32.
    pub predicates: usize,
    /// The number of predicates that are regular expressions: 8. Compiling one costs up to ten
    /// milliseconds, a thousand times the cost of reading any other predicate.
    pub patterns: usize,
    /// The length of a regular expression, in bytes: 256.
    pub pattern_bytes: usize,
    /// The size of a compiled regular expression and of its matching cache, in bytes each: 1 MiB.
    pub pattern_size: usize,
    /// The number of items in one list of `in` or `nin`: 500.
    pub list_items: usize,
    /// The number of sort keys: 5.
    pub sort_keys: usize,
    /// The number of different members or paths in `fields`: 64.
    pub fields: usize,
    /// The length of the operand of `json` or `njson`, in bytes: 4,096.
    pub json_bytes: usize,
    /// The nesting of the operand of `json` or `njson`; `{"a":1}` has depth 1: 8.
    pub json_depth: usize,
    /// The greatest offset: 1,000,000. The cost of a page grows with its offset; the `next` links
    /// of a list have no such bound.
    pub offset: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            query_bytes: 8 * 1024,
            predicates: 32,
            patterns: 8,
            pattern_bytes: 256,
            pattern_size: 1024 * 1024,
            list_items: 500,
            sort_keys: 5,
            fields: 64,
            json_bytes: 4 * 1024,
            json_depth: 8,
            offset: 1_000_000,
        }
    }
}
