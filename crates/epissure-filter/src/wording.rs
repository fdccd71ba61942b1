//! Shared wording of the messages.

use std::fmt;

/// Writes names, separated by commas.
pub(crate) fn list<'a>(f: &mut fmt::Formatter<'_>, names: impl Iterator<Item = &'a str>) -> fmt::Result {
    for (index, name) in names.enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        f.write_str(name)?;
    }
    Ok(())
}

/// Ends the sentence, with the suggestion if there is one.
pub(crate) fn did_you_mean(f: &mut fmt::Formatter<'_>, suggestion: Option<String>) -> fmt::Result {
    match suggestion {
        Some(suggestion) => write!(f, "; did you mean `{suggestion}`?"),
        None => f.write_str("."),
    }
}

/// Returns the candidate nearest to the written text if one is near.
pub(crate) fn nearest<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let written = written.to_ascii_lowercase();
    let near = |candidate: &str| if candidate.len() < 4 { 1 } else { 2 };
    // Every symbol is near every other: only words are suggested.
    let words = candidates.filter(|candidate| candidate.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let nearest = words
        .filter(|candidate| candidate.len() > 1 && written.len() < 24)
        .map(|candidate| (distance(&written, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= near(candidate) && *distance < written.len())
        .min_by_key(|(distance, _)| *distance);
    nearest.map(|(_, candidate)| candidate.to_owned())
}

/// Returns the number of insertions, deletions, substitutions and adjacent swaps between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let substitution = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let best = substitution.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best.min(rows[i - 2][j - 2] + 1)
                } else {
                    best
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

/// Text of a caller for a message: cut to 60 characters, and without control characters.
#[must_use]
pub fn excerpt(text: &str) -> String {
    Excerpt(text).to_string()
}

/// Returns the caller's text for display: cut, and without control characters.
pub(crate) struct Excerpt<'a>(pub(crate) &'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LENGTH: usize = 60;
        for char in self.0.chars().take(LENGTH) {
            write!(f, "{}", if char.is_control() { char::REPLACEMENT_CHARACTER } else { char })?;
        }
        if self.0.chars().nth(LENGTH).is_some() {
            f.write_str("…")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        assert_eq!(distance("in", "in"), 0);
        assert_eq!(distance("inn", "in"), 1);
        assert_eq!(distance("ni", "in"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("regxe", "regex"), 1);
    }
}
