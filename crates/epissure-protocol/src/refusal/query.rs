//! Parameters of a query.
//!
//! The facts are [`QueryErrorKind`]'s, whose English text is their `Display`: `epissure-filter` is
//! useful alone. The catalogue adds the other languages.

use epissure_filter::{
    JsonPatternError, OperandType, PathErrorKind, PatternError, Place, QueryError, QueryErrorKind, excerpt,
};
use fluent_bundle::FluentValue;

use super::{Alternatives, Argument as _, Language, Refusal, refusals, render};
use crate::problem::{Code, Problem};

refusals! {
    /// A cursor that is refused.
    CursorRefusal {
        /// The cursor was made for another query, or is none.
        OtherQuery = InvalidQueryParameter, "cursor-other-query";
        /// The notes of a ticket have no cursors.
        OfNotes = InvalidQueryParameter, "cursor-of-notes";
        /// The attachments of a ticket have no cursors.
        OfAttachments = InvalidQueryParameter, "cursor-of-attachments";
    }
}

/// A query that does not follow the query language, or the closed list of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryRefusal(pub QueryError);

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        Refusal::Query(QueryRefusal(error)).into()
    }
}

impl QueryRefusal {
    /// Returns the row of the error catalogue. A parameter that must come with another is missing
    /// (the Party page, 400/27); the rest are values that are refused.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self.0.kind {
            QueryErrorKind::MissingHalf { .. } => Code::MissingQueryParameter,
            _ => Code::InvalidQueryParameter,
        }
    }

    /// Returns the text: the fault, and the expected form.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::English => self.0.to_string(),
            Language::French => {
                let text = translated(&self.0.kind, language);
                if self.0.parameter.is_empty() {
                    return text;
                }
                let parameter = excerpt(&self.0.parameter).into();
                render(language, "query-of-parameter", [("parameter", parameter), ("text", text.into())])
            }
        }
    }
}

type Arguments = Vec<(&'static str, FluentValue<'static>)>;

fn limit(limit: impl Into<FluentValue<'static>>) -> Arguments {
    vec![("limit", limit.into())]
}

fn written(written: &str) -> Arguments {
    vec![("written", excerpt(written).into())]
}

/// The text of a fact in a language other than the one of its `Display`.
fn translated(kind: &QueryErrorKind, language: Language) -> String {
    let (id, mut arguments) = match kind {
        QueryErrorKind::TooLong { limit: bytes } => ("query-too-long", limit(*bytes)),
        QueryErrorKind::BadEscape => ("query-bad-escape", Vec::new()),
        QueryErrorKind::NotUtf8 => ("query-not-utf8", Vec::new()),
        QueryErrorKind::Nul => ("query-nul", Vec::new()),
        QueryErrorKind::NoEquals => ("query-no-equals", Vec::new()),
        QueryErrorKind::UnclosedBracket => ("query-unclosed-bracket", Vec::new()),
        QueryErrorKind::Path(error) => (path(*error), Vec::new()),
        QueryErrorKind::UnknownField { name } => ("query-unknown-field", written(name)),
        QueryErrorKind::UnknownOperator { written: text } if OperandType::from_alias(text).is_some() => {
            ("query-type-without-operator", written(text))
        }
        QueryErrorKind::UnknownOperator { written: text } => ("query-unknown-operator", written(text)),
        QueryErrorKind::UnknownType { written: text } => ("query-unknown-type", written(text)),
        QueryErrorKind::TypeNotAllowed { operator, operand_type } => {
            let entry = operator.entry();
            let id = if entry.types.is_empty() { "query-no-type-allowed" } else { "query-type-not-allowed" };
            (id, vec![("operator", entry.name.into()), ("type", operand_type.entry().name.into())])
        }
        QueryErrorKind::UnknownNature { written: text } => ("query-unknown-nature", written(text)),
        QueryErrorKind::NotANumber { written: text } => ("query-not-a-number", written(text)),
        QueryErrorKind::NotABool { written: text } => ("query-not-a-bool", written(text)),
        QueryErrorKind::NotAnInstant { written: text } => ("query-not-an-instant", written(text)),
        QueryErrorKind::Pattern(error) => return pattern(error, language),
        QueryErrorKind::Json(error) => return json_pattern(error, language),
        QueryErrorKind::EmptyList => ("query-empty-list", Vec::new()),
        QueryErrorKind::TooManyItems { limit: items } => ("query-too-many-items", limit(*items)),
        QueryErrorKind::BadQuotedItem => ("query-bad-quoted-item", Vec::new()),
        QueryErrorKind::TooManyPredicates { limit: count } => ("query-too-many-predicates", limit(*count)),
        QueryErrorKind::TooManyPatterns { limit: count } => ("query-too-many-patterns", limit(*count)),
        QueryErrorKind::TooManySortKeys { limit: count } => ("query-too-many-sort-keys", limit(*count)),
        QueryErrorKind::TooManyFields { limit: count } => ("query-too-many-fields", limit(*count)),
        QueryErrorKind::BadLimit { max } => ("query-bad-limit", limit(*max)),
        QueryErrorKind::NotACount => ("query-not-a-count", Vec::new()),
        QueryErrorKind::OffsetTooLarge { limit: offset } => ("query-offset-too-large", limit(*offset)),
        QueryErrorKind::Repeated => ("query-repeated", Vec::new()),
        QueryErrorKind::TwoPlaces => ("query-two-places", Vec::new()),
        QueryErrorKind::FilterParameter => ("query-filter-parameter", Vec::new()),
        QueryErrorKind::NotListed { .. } => ("query-not-listed", Vec::new()),
        QueryErrorKind::OperatorNotListed { written: text, globs: [] } => {
            ("query-equality-only", written(text))
        }
        QueryErrorKind::OperatorNotListed { written: text, globs } => {
            ("query-operator-not-listed", [written(text), shapes(globs, language)].concat())
        }
        QueryErrorKind::NotAGlob { written: text, globs } => {
            ("query-not-a-glob", [written(text), shapes(globs, language)].concat())
        }
        QueryErrorKind::GlobNotListed { key } => ("query-glob-not-listed", written(key)),
        QueryErrorKind::NotOneOf { written: text, .. } => ("query-not-one-of", written(text)),
        QueryErrorKind::MissingHalf { name } => ("query-missing-half", vec![("name", name.clone().into())]),
        QueryErrorKind::NotSortable { sortable: [], .. } => ("query-unsortable", Vec::new()),
        QueryErrorKind::NotSortable { written: text, .. } => ("query-not-sortable", written(text)),
    };
    arguments.push(("choices", kind.choices().join(", ").into()));
    let suggestion =
        kind.suggestion().map(|name| render(language, "query-suggestion", [("name", name.into())]));
    arguments.push(("suggestion", suggestion.unwrap_or_else(|| ".".to_owned()).into()));
    render(language, id, arguments)
}

/// The patterns that a filter takes, as a caller writes them.
fn shapes(globs: &[Place], language: Language) -> Arguments {
    let shapes = globs.iter().map(|place| match place {
        Place::Start => "`foo*`".to_owned(),
        Place::Anywhere => "`*foo*`".to_owned(),
    });
    vec![("shapes", Alternatives(shapes.collect()).value(language))]
}

const fn path(error: PathErrorKind) -> &'static str {
    match error {
        PathErrorKind::Empty => "query-path-empty",
        PathErrorKind::EmptySegment => "query-path-empty-segment",
        PathErrorKind::TooManySegments => "query-path-too-many-segments",
        PathErrorKind::TooLong => "query-path-too-long",
        PathErrorKind::UnclosedQuote => "query-path-unclosed-quote",
        PathErrorKind::AfterQuote => "query-path-after-quote",
        PathErrorKind::UnknownEscape => "query-path-unknown-escape",
        PathErrorKind::NeedsQuotes => "query-path-needs-quotes",
        PathErrorKind::Nul => "query-path-nul",
    }
}

fn pattern(error: &PatternError, language: Language) -> String {
    match error {
        PatternError::TooLong { limit: bytes } => render(language, "query-pattern-too-long", limit(*bytes)),
        PatternError::TooBig => render(language, "query-pattern-too-big", []),
        // The engine's own words are in English.
        PatternError::Syntax { message } => {
            render(language, "query-pattern-syntax", [("message", message.clone().into())])
        }
    }
}

fn json_pattern(error: &JsonPatternError, language: Language) -> String {
    let (id, arguments) = match error {
        JsonPatternError::TooLong { limit: bytes } => ("query-json-too-long", limit(*bytes)),
        JsonPatternError::TooDeep { limit: levels } => ("query-json-too-deep", limit(*levels)),
        JsonPatternError::Syntax { message, .. } => {
            ("query-json-syntax", vec![("message", message.clone().into())])
        }
        JsonPatternError::NotAnObject => ("query-json-not-an-object", Vec::new()),
        JsonPatternError::OperatorName { name } => ("query-json-operator-name", written(name)),
        JsonPatternError::Path { name, error } => {
            let text = render(language, path(error.kind), []).into();
            ("query-json-path", [written(name), vec![("text", text)]].concat())
        }
        JsonPatternError::Nul => ("query-json-nul", Vec::new()),
    };
    render(language, id, arguments)
}
