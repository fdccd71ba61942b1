//! The two patterns of the Party page: `foo*` and `*foo*`.

/// A case-insensitive prefix (`foo*`) or substring (`*foo*`) pattern.
///
/// ```
/// use epissure_filter::{Glob, Place};
///
/// let glob = Glob::new("DAL", Place::Anywhere);
/// assert!(glob.is_match("Jack Dalton"));
/// assert!(!Glob::new("DAL", Place::Start).is_match("Jack Dalton"));
/// assert_eq!(glob.to_string(), "*dal*");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob {
    text: String,
    place: Place,
}

/// Position of a [`Glob`]'s text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// At the beginning: `foo*`.
    Start,
    /// Anywhere in the text: `*foo*`.
    Anywhere,
}

impl Glob {
    /// Creates a pattern from its text, without stars.
    #[must_use]
    pub fn new(text: &str, place: Place) -> Glob {
        Glob { text: fold(text), place }
    }

    /// Returns true when the text matches the pattern.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.is_match_folded(&fold(text))
    }

    /// Returns true when a text already folded with [`fold`], such as a store's column, matches.
    #[must_use]
    pub fn is_match_folded(&self, folded: &str) -> bool {
        match self.place {
            Place::Start => folded.starts_with(&self.text),
            Place::Anywhere => folded.contains(&self.text),
        }
    }

    /// Returns the pattern's text, [folded](fold).
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.text
    }

    /// Returns the position of the pattern's text.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }
}

impl std::fmt::Display for Glob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.place {
            Place::Start => write!(f, "{}*", self.text),
            Place::Anywhere => write!(f, "*{}*", self.text),
        }
    }
}

/// Returns the text with each character in lower case, for case-insensitive comparison.
///
/// Each character is folded separately, so the folding of a substring is a substring of the
/// folding. A final capital sigma therefore becomes `σ`, as any other. Accents are preserved.
///
/// ```
/// assert_eq!(epissure_filter::fold("Société ΟΔΟΣ"), "société οδοσ");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter_and_accents_do() {
        for (text, place, matched, unmatched) in [
            ("foo", Place::Start, &["foo", "FOObar"][..], &["xfoo", "fo", ""][..]),
            ("foo", Place::Anywhere, &["foo", "xFoOx"], &["f oo", ""]),
            ("ÉT", Place::Start, &["été", "ÉTÉ"], &["ete", "l'été"]),
            ("ΣΣ", Place::Anywhere, &["ΟΣΣ", "οσσ"], &["οσς"]),
            ("ß", Place::Anywhere, &["Straße"], &["STRASSE"]),
            ("%_", Place::Anywhere, &["100%_"], &["100"]),
        ] {
            let glob = Glob::new(text, place);
            for matched in matched {
                assert!(glob.is_match(matched), "{glob} {matched}");
            }
            for unmatched in unmatched {
                assert!(!glob.is_match(unmatched), "{glob} {unmatched}");
            }
        }
    }

    #[test]
    fn the_fold_of_a_text_is_that_of_its_parts() {
        for (a, b) in [("Ο", "Σ"), ("é", "A"), ("İ", "I"), ("A", "\u{301}")] {
            assert_eq!(fold(&format!("{a}{b}")), fold(a) + &fold(b));
            assert_eq!(fold(&fold(a)), fold(a));
        }
    }
}
