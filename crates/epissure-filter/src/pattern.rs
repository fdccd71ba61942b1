//! Regular expressions.

use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::Limits;

/// A compiled regular expression.
///
/// The engine is the [`regex`] crate: time linear in the text for any expression, no look-around
/// and no back-references. An expression may match anywhere in the text (`^` and `$` anchor it). It
/// is case-sensitive unless it contains `(?i)`.
///
/// ```
/// use epissure_filter::{Limits, Pattern};
///
/// let pattern = Pattern::new(r"^rue\.de", &Limits::default())?;
/// assert!(pattern.is_match("rue.des Lilas"));
/// assert_eq!(pattern.literal_prefix(), Some("rue.de"));
/// # Ok::<(), epissure_filter::PatternError>(())
/// ```
#[derive(Clone)]
pub struct Pattern {
    regex: Regex,
    prefix: Option<String>,
}

impl Pattern {
    /// Compiles an expression within the limits.
    ///
    /// # Errors
    ///
    /// Returns [`PatternError`] when the expression is too long, is invalid, or compiles to too
    /// large a program.
    pub fn new(text: &str, limits: &Limits) -> Result<Pattern, PatternError> {
        if text.len() > limits.pattern_bytes {
            return Err(PatternError::TooLong { limit: limits.pattern_bytes });
        }
        let regex = RegexBuilder::new(text)
            .size_limit(limits.pattern_size)
            .dfa_size_limit(limits.pattern_size)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => PatternError::TooBig,
                // The message shows the expression over several lines; the last one is the reason.
                other => PatternError::Syntax {
                    message: other
                        .to_string()
                        .lines()
                        .last()
                        .unwrap_or_default()
                        .trim_start_matches("error: ")
                        .to_owned(),
                },
            })?;
        Ok(Pattern { regex, prefix: literal_prefix(text) })
    }

    /// Returns true when the expression matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Returns the expression as written.
    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    /// Returns the literal text with which every match begins, when the expression shows it plainly
    /// (`^abc…`).
    ///
    /// An index can narrow the search with it; values with this prefix must still be matched.
    pub fn literal_prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.as_str())
    }
}

/// Error of [`Pattern::new`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Longer than [`Limits::pattern_bytes`].
    #[error("the regular expression is longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Compiles to more than [`Limits::pattern_size`].
    #[error("the regular expression is too complex: its repetitions multiply to too much")]
    TooBig,
    /// Not a regular expression of the engine.
    #[error(
        "not a regular expression of this API (RE2 syntax, no look-around, no back-reference): {message}"
    )]
    Syntax {
        /// The engine's message.
        message: String,
    },
}

/// Returns the literal text after the initial `^`, up to the first metacharacter.
fn literal_prefix(text: &str) -> Option<String> {
    let rest = text.strip_prefix('^')?;
    // An alternation may offer another match. An alternation inside a group cannot, but detecting
    // it needs a parser.
    if rest.contains('|') {
        return None;
    }
    let mut prefix = String::new();
    let mut chars = rest.chars();
    while let Some(char) = chars.next() {
        match char {
            // Repetitions may be stacked, so that even `+` does not guarantee an occurrence: `a+*`.
            '?' | '*' | '+' | '{' => {
                prefix.pop();
                break;
            }
            '\\' => match chars.next() {
                Some(escaped) if escaped.is_ascii_punctuation() && !matches!(escaped, '<' | '>') => {
                    prefix.push(escaped);
                }
                _ => break,
            },
            '.' | '[' | ']' | '(' | ')' | '^' | '$' | '}' => break,
            literal => prefix.push(literal),
        }
    }
    (!prefix.is_empty()).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Option<String> {
        Pattern::new(text, &Limits::default()).unwrap().literal_prefix().map(str::to_owned)
    }

    #[test]
    fn matches_anywhere_and_minds_case() {
        let pattern = |text| Pattern::new(text, &Limits::default()).unwrap();
        assert!(pattern("ou").is_match("doudou"));
        assert!(!pattern("^ou").is_match("doudou"));
        assert!(!pattern("DOU").is_match("doudou"));
        assert!(pattern("(?i)DOU").is_match("doudou"));
        assert!(pattern("").is_match(""));
    }

    #[test]
    fn finds_the_literal_prefix() {
        assert_eq!(prefix("^abc").as_deref(), Some("abc"));
        assert_eq!(prefix("^abc$").as_deref(), Some("abc"));
        assert_eq!(prefix(r"^rue\.d.*").as_deref(), Some("rue.d"));
        assert_eq!(prefix("^abc?").as_deref(), Some("ab"));
        assert_eq!(prefix("^abc*").as_deref(), Some("ab"));
        assert_eq!(prefix("^abc{0,2}").as_deref(), Some("ab"));
        assert_eq!(prefix("^abc+").as_deref(), Some("ab"));
        assert_eq!(prefix("^abc+*").as_deref(), Some("ab"));
        assert_eq!(prefix("^été(s|e)").as_deref(), None);
        assert_eq!(prefix("^été").as_deref(), Some("été"));
        assert_eq!(prefix(r"^a\d").as_deref(), Some("a"));
        for none in [
            "abc", "^", "^.a", "^a?", "^a|b", "^(?i)abc", "(?i)^abc", "^[ab]", "^(a)", r"^\bab", "^*a",
            "^{0}a", "^?a",
        ] {
            assert_eq!(prefix(none), None, "{none}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let error = |text: &str| Pattern::new(text, &Limits::default()).unwrap_err();
        assert!(error("(").to_string().ends_with("unclosed group"), "{}", error("("));
        assert!(error("(?=a)").to_string().contains("look-around"));
        assert!(matches!(error(r"(a)\1"), PatternError::Syntax { .. }));
        assert_eq!(error("(a{1,1000}){1,1000}"), PatternError::TooBig);
        assert_eq!(error(&"a".repeat(257)), PatternError::TooLong { limit: 256 });
        assert!(matches!(error(&"(".repeat(256)), PatternError::Syntax { .. }));
    }
}
