//! Errors of query parsing.

use std::fmt;

use crate::wording::{Excerpt, did_you_mean, list, nearest};
use crate::{
    ClosedList, JsonPatternError, OperandType, Operator, PathErrorKind, PatternError, Place, natures,
    operators, types,
};

/// Refusal of a query: the parameter, the position and the expected form.
///
/// The message is a sentence for the API's caller. It quotes the caller's text, cut to a few dozen
/// characters and without control characters.
///
/// ```
/// use epissure_filter::{AnySchema, Options, Query};
///
/// let error = Query::parse("limit=5&status[inn]=OPEN", &AnySchema, &Options::default()).unwrap_err();
/// assert_eq!(error.parameter, "status[inn]");
/// assert_eq!(error.position, 15);
/// assert!(error.to_string().starts_with("`status[inn]`: unknown operator `inn`; did you mean `in`? Operators: eq, ne,"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct QueryError {
    /// The parameter's name as written, percent-decoded: `status[inn]`. Empty when the query as a
    /// whole is refused.
    pub parameter: String,
    /// Position, in bytes from the beginning of the raw query.
    pub position: usize,
    /// Reason of the refusal.
    pub kind: QueryErrorKind,
}

/// The reasons of a [`QueryError`]. Exhaustive, so that a catalogue of texts in other languages
/// misses none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryErrorKind {
    /// The raw query is longer than [`Limits::query_bytes`](crate::Limits::query_bytes).
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A `%` is not followed by two hexadecimal digits.
    BadEscape,
    /// Percent-decoded bytes are not UTF-8.
    NotUtf8,
    /// A NUL character, which stores cannot represent.
    Nul,
    /// The parameter has no `=`.
    NoEquals,
    /// A `[` is not closed by a `]` at the end of the parameter's name.
    UnclosedBracket,
    /// The parameter's name is not a path.
    Path(PathErrorKind),
    /// In strict mode, the path's first segment is no member of the documents.
    UnknownField {
        /// The segment.
        name: String,
    },
    /// The text between brackets is not an operator.
    UnknownOperator {
        /// The text as written.
        written: String,
    },
    /// The text after the operator is not a type.
    UnknownType {
        /// The text as written.
        written: String,
    },
    /// The operator does not accept that type.
    TypeNotAllowed {
        /// The operator.
        operator: Operator,
        /// The type.
        operand_type: OperandType,
    },
    /// The operand of `is` or `isnot` is not a nature.
    UnknownNature {
        /// The text as written.
        written: String,
    },
    /// A JSON number is expected.
    NotANumber {
        /// The text as written.
        written: String,
    },
    /// `true` or `false` is expected.
    NotABool {
        /// The text as written.
        written: String,
    },
    /// A date is expected.
    NotAnInstant {
        /// The text as written.
        written: String,
    },
    /// The operand of `regex` or `nregex` is refused.
    Pattern(PatternError),
    /// The operand of `json` or `njson` is refused.
    Json(JsonPatternError),
    /// The list of `in` or `nin` is empty.
    EmptyList,
    /// The list has more items than [`Limits::list_items`](crate::Limits::list_items).
    TooManyItems {
        /// The limit.
        limit: usize,
    },
    /// A quoted item of the list is not well formed.
    BadQuotedItem,
    /// More predicates than [`Limits::predicates`](crate::Limits::predicates).
    TooManyPredicates {
        /// The limit.
        limit: usize,
    },
    /// More regular expressions than [`Limits::patterns`](crate::Limits::patterns).
    TooManyPatterns {
        /// The limit.
        limit: usize,
    },
    /// More sort keys than [`Limits::sort_keys`](crate::Limits::sort_keys).
    TooManySortKeys {
        /// The limit.
        limit: usize,
    },
    /// More items in `fields` than [`Limits::fields`](crate::Limits::fields).
    TooManyFields {
        /// The limit.
        limit: usize,
    },
    /// `limit` is not an integer from 0 to the maximum.
    BadLimit {
        /// The maximum.
        max: u32,
    },
    /// `offset`, or the `limit` of a closed list, is not a non-negative integer.
    NotACount,
    /// `offset` is more than [`Limits::offset`](crate::Limits::offset).
    OffsetTooLarge {
        /// The limit.
        limit: u64,
    },
    /// `offset`, `limit` or `cursor` is repeated.
    Repeated,
    /// Both `offset` and `cursor` are present.
    TwoPlaces,
    /// The parameter `filter`, which other APIs of the family have, is not part of this language.
    FilterParameter,
    /// The parameter is not in the closed list.
    NotListed {
        /// The text as written.
        written: String,
        /// The list.
        list: &'static ClosedList,
    },
    /// The closed list has the attribute, but not with this operator.
    OperatorNotListed {
        /// The text after the attribute's name, as written.
        written: String,
        /// Places that the attribute's patterns accept; empty when it accepts no pattern.
        globs: &'static [Place],
    },
    /// Not a pattern, or not one that the attribute accepts.
    NotAGlob {
        /// The text as written.
        written: String,
        /// Accepted places.
        globs: &'static [Place],
    },
    /// The value of the pair's other half does not accept the pattern.
    GlobNotListed {
        /// Value of the other half.
        key: String,
    },
    /// Not one of the attribute's values.
    NotOneOf {
        /// The text as written.
        written: String,
        /// The values.
        values: Vec<&'static str>,
    },
    /// One half of a pair is missing; both are required.
    MissingHalf {
        /// Name of the missing half.
        name: String,
    },
    /// Not a sort key of the closed list.
    NotSortable {
        /// The text as written.
        written: String,
        /// Sort keys of the list; empty when it cannot be sorted.
        sortable: &'static [&'static str],
    },
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.parameter.is_empty() {
            write!(f, "`{}`: ", Excerpt(&self.parameter))?;
        }
        self.kind.fmt(f)
    }
}

impl QueryErrorKind {
    /// Returns the names or values that are accepted instead; empty when they are no short list.
    #[must_use]
    pub fn choices(&self) -> Vec<String> {
        let owned = |names: &[&'static str]| names.iter().map(|&name| name.to_owned()).collect();
        match self {
            Self::UnknownOperator { .. } => operators().iter().map(|entry| entry.name.to_owned()).collect(),
            Self::UnknownType { .. } => types().iter().map(|entry| entry.name.to_owned()).collect(),
            Self::UnknownNature { .. } => natures().iter().map(|entry| entry.name.to_owned()).collect(),
            Self::TypeNotAllowed { operator, .. } => {
                operator.entry().types.iter().map(|allowed| allowed.entry().name.to_owned()).collect()
            }
            Self::NotListed { list, .. } => list.names().collect(),
            Self::NotOneOf { values, .. } => owned(values),
            Self::NotSortable { sortable, .. } => owned(sortable),
            _ => Vec::new(),
        }
    }

    /// Returns the accepted name nearest to the written text, if one is near.
    #[must_use]
    pub fn suggestion(&self) -> Option<String> {
        match self {
            Self::UnknownOperator { written } => {
                let aliases = operators().iter().flat_map(|entry| entry.aliases).map(|alias| alias.text);
                nearest(written, aliases)
            }
            Self::UnknownType { written } => {
                nearest(written, types().iter().flat_map(|entry| entry.aliases).copied())
            }
            Self::UnknownNature { written } => {
                nearest(written, natures().iter().flat_map(|entry| entry.aliases).copied())
            }
            Self::NotListed { written, .. } | Self::NotSortable { written, .. } => {
                nearest(written, self.choices().iter().map(String::as_str))
            }
            _ => None,
        }
    }

    /// The choices, separated by commas.
    fn list_choices(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, self.choices().iter().map(String::as_str))
    }
}

impl fmt::Display for QueryErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => write!(f, "the query is longer than {limit} bytes"),
            Self::BadEscape => {
                f.write_str("a `%` is not followed by two hexadecimal digits; a literal `%` is written `%25`")
            }
            Self::NotUtf8 => f.write_str("the percent-encoded text is not UTF-8"),
            Self::Nul => f.write_str("a NUL character is not allowed"),
            Self::NoEquals => f.write_str("expected `=` and a value after the name"),
            Self::UnclosedBracket => f.write_str("expected `]=` after the operator, as in `name[eq]=value`"),
            Self::Path(error) => error.fmt(f),
            Self::UnknownField { name } => write!(f, "unknown field `{}`", Excerpt(name)),
            Self::UnknownOperator { written } => {
                write!(f, "unknown operator `{}`", Excerpt(written))?;
                match OperandType::from_alias(written) {
                    Some(_) => write!(f, "; a type comes after an operator, as in `[eq,{written}]`.")?,
                    None => did_you_mean(f, self.suggestion())?,
                }
                f.write_str(" Operators: ")?;
                self.list_choices(f)
            }
            Self::UnknownType { written } => {
                write!(f, "unknown type `{}`", Excerpt(written))?;
                did_you_mean(f, self.suggestion())?;
                f.write_str(" Types: ")?;
                self.list_choices(f)
            }
            Self::TypeNotAllowed { operator, operand_type } => {
                let (entry, given) = (operator.entry(), operand_type.entry().name);
                write!(f, "the operator `{}` takes ", entry.name)?;
                if entry.types.is_empty() {
                    return write!(f, "no type, but `{given}` was given");
                }
                write!(f, "no type `{given}`. Types: ")?;
                self.list_choices(f)
            }
            Self::UnknownNature { written } => {
                write!(f, "unknown nature `{}`", Excerpt(written))?;
                did_you_mean(f, self.suggestion())?;
                f.write_str(" Natures: ")?;
                self.list_choices(f)
            }
            Self::NotANumber { written } => {
                write!(f, "expected a JSON number, such as `18` or `-1.5`, not `{}`", Excerpt(written))
            }
            Self::NotABool { written } => {
                write!(f, "expected `true` or `false`, not `{}`", Excerpt(written))
            }
            Self::NotAnInstant { written } => write!(
                f,
                "expected an RFC 3339 date, such as `2024-01-31` or `2024-01-31T08:30:00Z`, not `{}`",
                Excerpt(written)
            ),
            Self::Pattern(error) => error.fmt(f),
            Self::Json(error) => error.fmt(f),
            Self::EmptyList => f.write_str("expected a list of values separated by commas"),
            Self::TooManyItems { limit } => write!(f, "the list has more than {limit} items"),
            Self::BadQuotedItem => f.write_str(
                "an item that begins with `\"` must end with `\"`, with `\\\"` and `\\\\` for those characters inside",
            ),
            Self::TooManyPredicates { limit } => write!(f, "more than {limit} filters"),
            Self::TooManyPatterns { limit } => write!(f, "more than {limit} regular expressions"),
            Self::TooManySortKeys { limit } => write!(f, "more than {limit} sort keys"),
            Self::TooManyFields { limit } => write!(f, "more than {limit} fields"),
            Self::BadLimit { max } => write!(f, "expected an integer from 0 to {max}"),
            Self::NotACount => f.write_str("expected an integer from 0"),
            Self::OffsetTooLarge { limit } => {
                write!(f, "an offset above {limit} is too far; use the `next` link of the list, or a narrower filter")
            }
            Self::Repeated => f.write_str("given more than once"),
            Self::TwoPlaces => f.write_str("`offset` and `cursor` both say where the page begins; give one of them"),
            Self::FilterParameter => f.write_str(
                "this parameter is not supported; filter on fields, as in `status[in]=OPEN,CLOSED`, \
                 or write `filter[eq]=…` for a field of that name",
            ),
            Self::NotListed { .. } => {
                f.write_str("not a filter of this list")?;
                did_you_mean(f, self.suggestion())?;
                f.write_str(" Filters: ")?;
                self.list_choices(f)
            }
            Self::OperatorNotListed { written, globs } => {
                write!(f, "this filter takes `=`")?;
                if !globs.is_empty() {
                    write!(f, " and, with {}, `*=`", shapes(globs))?;
                }
                write!(f, "; not `{}`", Excerpt(written))
            }
            Self::NotAGlob { written, globs } => {
                write!(f, "expected {}, not `{}`", shapes(globs), Excerpt(written))
            }
            Self::GlobNotListed { key } => write!(f, "with `{}`, this filter takes `=` only", Excerpt(key)),
            Self::NotOneOf { written, .. } => {
                write!(f, "expected one of ")?;
                self.list_choices(f)?;
                write!(f, "; not `{}`", Excerpt(written))
            }
            Self::MissingHalf { name } => write!(f, "`{name}` must be given with it"),
            Self::NotSortable { sortable: [], .. } => f.write_str("this list cannot be sorted"),
            Self::NotSortable { written, .. } => {
                write!(f, "`{}` is not a sort key of this list", Excerpt(written))?;
                did_you_mean(f, self.suggestion())?;
                f.write_str(" Sort keys: ")?;
                self.list_choices(f)
            }
        }
    }
}

/// Formats the patterns in their query syntax, such as `foo*`.
fn shapes(globs: &[Place]) -> String {
    let shapes: Vec<&str> = globs
        .iter()
        .map(|place| match place {
            Place::Start => "`foo*`",
            Place::Anywhere => "`*foo*`",
        })
        .collect();
    shapes.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_near() {
        let message =
            |written: &str| QueryErrorKind::UnknownOperator { written: written.to_owned() }.to_string();
        assert!(message("inn").contains("did you mean `in`?"), "{}", message("inn"));
        assert!(message("REGXE").contains("did you mean `regex`?"));
        assert!(message("notin ").contains("did you mean `notin`?"));
        assert!(!message("contains").contains("did you mean"));
        assert!(!message("0").contains("did you mean"));
        assert!(message("num").contains("as in `[eq,num]`"));
        assert!(message("zzz").ends_with(
            "Operators: eq, ne, gt, gte, lt, lte, regex, nregex, is, isnot, in, nin, json, njson"
        ));
    }

    #[test]
    fn shows_no_more_than_it_should() {
        let error = QueryError {
            parameter: format!("a\u{1b}{}", "x".repeat(1000)),
            position: 0,
            kind: QueryErrorKind::NoEquals,
        };
        assert!(error.to_string().len() < 200);
        assert!(!error.to_string().contains('\u{1b}'));
    }
}
