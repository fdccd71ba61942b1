//! Folding of street names for comparison.

use unicode_normalization::UnicodeNormalization;

/// A text in the manner of IPE files: upper case, no accents, nothing but letters, digits and
/// single spaces.
///
/// ```
/// use epissure_ipe::address::plain_upper;
///
/// assert_eq!(plain_upper("L'Haÿ-les-Roses"), "L HAY LES ROSES");
/// assert_eq!(plain_upper("Cœur de l’Œuvre"), "COEUR DE L OEUVRE");
/// ```
#[must_use]
pub fn plain_upper(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    let mut push = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            if space && !out.is_empty() {
                out.push(' ');
            }
            space = false;
            out.push(letter.to_ascii_uppercase());
        } else {
            space = true;
        }
    };
    for character in text.nfd() {
        match character {
            '\u{300}'..='\u{36f}' => {}
            'œ' | 'Œ' => ['O', 'E'].into_iter().for_each(&mut push),
            'æ' | 'Æ' => ['A', 'E'].into_iter().for_each(&mut push),
            'ß' => ['S', 'S'].into_iter().for_each(&mut push),
            'ø' | 'Ø' => push('O'),
            'ł' | 'Ł' => push('L'),
            other => push(other),
        }
    }
    out
}
