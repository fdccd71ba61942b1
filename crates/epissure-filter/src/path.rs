//! Paths into documents.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A path into a document: `status`, `relatedEntity.id`, `issues."building.pm.id".value`.
///
/// A path has 1 to [`Path::MAX_SEGMENTS`] segments and is at most [`Path::MAX_BYTES`] bytes long as
/// written. It is case-sensitive.
///
/// A plain segment may not contain `.`, `"`, `[` or `]`. A quoted segment may contain anything, `"`
/// and `\` being written `\"` and `\\`. Quoting also makes a segment exact: one literal key,
/// neither an array index nor part of a dotted key (see
/// [the language reference](crate::language#paths)).
///
/// # Example
///
/// ```
/// use epissure_filter::Path;
///
/// let path = Path::parse(r#"issues."building.pm.id".value"#)?;
/// assert_eq!(path.segments().len(), 3);
/// assert_eq!(path.segments()[1].name(), "building.pm.id");
/// assert_eq!(path.joined(), "issues.building.pm.id.value");
/// assert_eq!(path.to_string(), r#"issues."building.pm.id".value"#);
/// # Ok::<(), epissure_filter::PathError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path {
    segments: Vec<Segment>,
    /// Names joined with dots; a dotted key is a slice of it, so that the walk allocates nothing.
    joined: String,
}

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Segment {
    name: String,
    quoted: bool,
    start: usize,
}

impl Segment {
    /// Returns the key, without quotes or escapes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns true when the segment was written between quotes, which makes it one literal key.
    pub fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// Returns the array index that this segment may denote: unquoted decimal digits without a
    /// leading zero.
    pub fn index(&self) -> Option<usize> {
        let canonical = self.name == "0" || !self.name.starts_with('0');
        if self.quoted || !canonical || !self.name.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.name.parse().ok()
    }

    fn end(&self) -> usize {
        self.start + self.name.len()
    }
}

impl Path {
    /// Maximum number of segments of a path.
    pub const MAX_SEGMENTS: usize = 16;

    /// Maximum length of a path as written, in bytes.
    pub const MAX_BYTES: usize = 256;

    /// Parses a path as written in a query, after percent-decoding.
    ///
    /// # Errors
    ///
    /// Returns [`PathError`] when a segment is empty and unquoted, a quote is not closed, or a
    /// plain segment contains a bracket or a quote. A NUL character and an exceeded limit are
    /// errors too.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        if text.is_empty() {
            return Err(PathError { position: 0, kind: PathErrorKind::Empty });
        }
        if text.len() > Path::MAX_BYTES {
            return Err(PathError { position: Path::MAX_BYTES, kind: PathErrorKind::TooLong });
        }
        if let Some(position) = text.find('\0') {
            return Err(PathError { position, kind: PathErrorKind::Nul });
        }
        let mut segments = Vec::new();
        let mut joined = String::with_capacity(text.len());
        let mut position = 0;
        loop {
            if segments.len() == Path::MAX_SEGMENTS {
                return Err(PathError { position, kind: PathErrorKind::TooManySegments });
            }
            let quoted = text[position..].starts_with('"');
            let (name, next) =
                if quoted { quoted_segment(text, position)? } else { plain_segment(text, position)? };
            if !segments.is_empty() {
                joined.push('.');
            }
            let start = joined.len();
            joined.push_str(&name);
            segments.push(Segment { name, quoted, start });
            if next == text.len() {
                return Ok(Path { segments, joined });
            }
            if !text[next..].starts_with('.') {
                return Err(PathError { position: next, kind: PathErrorKind::AfterQuote });
            }
            position = next + 1;
        }
    }

    /// Returns the segments, from the document's root. Never empty.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns the canonical text: the names joined with dots, without quotes.
    ///
    /// Paths that can reach the same place by different spellings of a dotted key have the same
    /// canonical text. Indexes therefore register a path under it. When a name contains a dot, only
    /// [`Display`](fmt::Display) parses back to the same path.
    pub fn joined(&self) -> String {
        self.joined.clone()
    }

    /// Returns the same text as [`Path::joined`], borrowed.
    pub fn as_joined(&self) -> &str {
        &self.joined
    }

    /// Returns the keys that the segments from `from` on may spell, each with the index of the next
    /// segment.
    ///
    /// The keys are distinct: each is a prefix of the next. A quoted segment is a key of its own.
    pub(crate) fn keys(&self, from: usize) -> impl Iterator<Item = (&str, usize)> {
        let rest = self.segments.get(from..).unwrap_or_default();
        let alone = rest.first().is_some_and(Segment::is_quoted);
        rest.iter()
            .enumerate()
            .take_while(move |(offset, segment)| *offset == 0 || !(alone || segment.quoted))
            .map(move |(offset, segment)| (&self.joined[rest[0].start..segment.end()], from + offset + 1))
    }
}

fn plain_segment(text: &str, start: usize) -> Result<(String, usize), PathError> {
    let rest = &text[start..];
    let length = rest.find('.').unwrap_or(rest.len());
    let name = &rest[..length];
    if name.is_empty() {
        return Err(PathError { position: start, kind: PathErrorKind::EmptySegment });
    }
    if let Some(at) = name.find(['"', '[', ']']) {
        return Err(PathError { position: start + at, kind: PathErrorKind::NeedsQuotes });
    }
    Ok((name.to_owned(), start + length))
}

fn quoted_segment(text: &str, start: usize) -> Result<(String, usize), PathError> {
    match unquote(&text[start..]) {
        Ok((name, length)) => Ok((name, start + length)),
        Err(Unquote::Escape(at)) => {
            Err(PathError { position: start + at, kind: PathErrorKind::UnknownEscape })
        }
        Err(Unquote::Unclosed) => Err(PathError { position: start, kind: PathErrorKind::UnclosedQuote }),
    }
}

pub(crate) enum Unquote {
    Escape(usize),
    Unclosed,
}

/// Parses the quoted text at the start of `text`; returns it with its length in bytes, quotes
/// included.
pub(crate) fn unquote(text: &str) -> Result<(String, usize), Unquote> {
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Ok((name, at + 1)),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => name.push(escaped),
                Some(_) => return Err(Unquote::Escape(at)),
                None => return Err(Unquote::Unclosed),
            },
            other => name.push(other),
        }
    }
    Err(Unquote::Unclosed)
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.segments.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            if segment.quoted {
                write!(f, "\"{}\"", segment.name.replace('\\', "\\\\").replace('"', "\\\""))?;
            } else {
                f.write_str(&segment.name)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({self})")
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Path, PathError> {
        Path::parse(text)
    }
}

impl TryFrom<String> for Path {
    type Error = PathError;

    fn try_from(text: String) -> Result<Path, PathError> {
        Path::parse(&text)
    }
}

impl From<Path> for String {
    fn from(path: Path) -> String {
        path.to_string()
    }
}

/// Error of [`Path::parse`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct PathError {
    /// Position, in bytes from the beginning of the path's text.
    pub position: usize,
    /// Reason of the error.
    pub kind: PathErrorKind,
}

/// The reasons of a [`PathError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathErrorKind {
    /// The text is empty.
    #[error("a path is expected, such as `status` or `relatedEntity.id`")]
    Empty,
    /// Two dots follow each other, or one begins or ends the path.
    #[error("the path has an empty segment; expected a name before and after each `.`")]
    EmptySegment,
    /// More than [`Path::MAX_SEGMENTS`] segments.
    #[error("the path has more than {} segments", Path::MAX_SEGMENTS)]
    TooManySegments,
    /// More than [`Path::MAX_BYTES`] bytes.
    #[error("the path is longer than {} bytes", Path::MAX_BYTES)]
    TooLong,
    /// A quoted segment does not end.
    #[error("the quoted segment has no closing `\"`")]
    UnclosedQuote,
    /// Something other than a dot follows a closing quote.
    #[error("a `.` or the end of the path is expected after a closing `\"`")]
    AfterQuote,
    /// A backslash in a quoted segment is followed by neither `"` nor `\`.
    #[error("only `\\\"` and `\\\\` may follow a backslash between quotes")]
    UnknownEscape,
    /// A plain segment contains a quote or a bracket.
    #[error("a name that contains `\"`, `[` or `]` must be written between quotes, as in `\"a[b]\".c`")]
    NeedsQuotes,
    /// The text contains a NUL character, which stores cannot represent.
    #[error("a path may not contain a NUL character")]
    Nul,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        Path::parse(text).unwrap().segments().iter().map(|segment| segment.name().to_owned()).collect()
    }

    fn kind(text: &str) -> (usize, PathErrorKind) {
        let error = Path::parse(text).unwrap_err();
        (error.position, error.kind)
    }

    #[test]
    fn splits_on_dots() {
        assert_eq!(names("status"), ["status"]);
        assert_eq!(names("relatedEntity.@referredType"), ["relatedEntity", "@referredType"]);
        assert_eq!(names("a.0.b"), ["a", "0", "b"]);
        assert_eq!(names("é.ü"), ["é", "ü"]);
    }

    #[test]
    fn quotes_keep_dots_brackets_and_escapes() {
        assert_eq!(names(r#"issues."building.pm.id".value"#), ["issues", "building.pm.id", "value"]);
        assert_eq!(names(r#""a[b]""#), ["a[b]"]);
        assert_eq!(names(r#""a\"b\\c""#), [r#"a"b\c"#]);
        assert_eq!(names(r#""".a"#), ["", "a"]);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        assert_eq!(kind(""), (0, PathErrorKind::Empty));
        assert_eq!(kind("a..b"), (2, PathErrorKind::EmptySegment));
        assert_eq!(kind(".a"), (0, PathErrorKind::EmptySegment));
        assert_eq!(kind("a."), (2, PathErrorKind::EmptySegment));
        assert_eq!(kind("a]"), (1, PathErrorKind::NeedsQuotes));
        assert_eq!(kind(r#"a.b"c"#), (3, PathErrorKind::NeedsQuotes));
        assert_eq!(kind(r#"a."b"#), (2, PathErrorKind::UnclosedQuote));
        assert_eq!(kind(r#""b\"#), (0, PathErrorKind::UnclosedQuote));
        assert_eq!(kind(r#""b\n""#), (2, PathErrorKind::UnknownEscape));
        assert_eq!(kind(r#""b"c"#), (3, PathErrorKind::AfterQuote));
        assert_eq!(kind("a\0"), (1, PathErrorKind::Nul));
    }

    #[test]
    fn limits_are_inclusive() {
        assert_eq!(Path::parse(&["a"; 16].join(".")).unwrap().segments().len(), 16);
        assert_eq!(kind(&["a"; 17].join(".")).1, PathErrorKind::TooManySegments);
        assert!(Path::parse(&"a".repeat(256)).is_ok());
        assert_eq!(kind(&"a".repeat(257)).1, PathErrorKind::TooLong);
    }

    #[test]
    fn keys_are_runs_of_plain_segments() {
        let keys = |text: &str, from: usize| -> Vec<(String, usize)> {
            let path = Path::parse(text).unwrap();
            path.keys(from).map(|(key, to)| (key.to_owned(), to)).collect()
        };
        let expected = |keys: &[(&str, usize)]| -> Vec<(String, usize)> {
            keys.iter().map(|(key, to)| ((*key).to_owned(), *to)).collect()
        };
        let plain = "issues.building.pm";
        assert_eq!(
            keys(plain, 0),
            expected(&[("issues", 1), ("issues.building", 2), ("issues.building.pm", 3)])
        );
        assert_eq!(keys(plain, 1), expected(&[("building", 2), ("building.pm", 3)]));
        assert_eq!(keys(plain, 3), []);
        let quoted = r#"issues."building.pm".id"#;
        assert_eq!(keys(quoted, 0), expected(&[("issues", 1)]));
        assert_eq!(keys(quoted, 1), expected(&[("building.pm", 2)]));
    }

    #[test]
    fn an_index_is_canonical_and_plain() {
        let index = |text: &str| Path::parse(text).unwrap().segments()[0].index();
        assert_eq!(index("0"), Some(0));
        assert_eq!(index("12"), Some(12));
        assert_eq!(index("01"), None);
        assert_eq!(index("\"1\""), None);
        assert_eq!(index("-1"), None);
        assert_eq!(index("\"\""), None);
        assert_eq!(index(&"9".repeat(40)), None);
    }

    #[test]
    fn is_a_string_in_json() {
        let path: Path = serde_json::from_str(r#""a.b""#).unwrap();
        assert_eq!(serde_json::to_string(&path).unwrap(), r#""a.b""#);
        assert!(serde_json::from_str::<Path>(r#""a..b""#).is_err());
    }
}
