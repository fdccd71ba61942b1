//! Street names, folded and compared.

use super::fold::plain_upper;
use super::types::{NUMBER_WORDS, STOP_WORDS, TITLES, readings};

/// A street name, ready for comparison.
///
/// ```
/// use epissure_ipe::address::{NameMatch, StreetName};
///
/// let ipe = StreetName::of_parts("AV", "DU GAL LECLERC");
/// assert_eq!(ipe.compare(&StreetName::of_text("Avenue du Général Leclerc")), NameMatch::Same);
/// let other = StreetName::of_parts("RTE", "DE GYR");
/// assert_eq!(other.compare(&StreetName::of_text("Route de Gyronde")), NameMatch::Different);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreetName {
    readings: Vec<NameReading>,
}

/// One reading of a name: the first word as a type, or as a word of the name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NameReading {
    /// Possible types; empty for a name without type, such as *La Canebière*.
    types: Vec<&'static str>,
    /// Words that distinguish the name, in order.
    words: Vec<String>,
}

/// The outcome of a comparison of two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameMatch {
    /// Two streets.
    Different,
    /// Perhaps one: a person decides. The type is ambiguous or another one, or words are missing.
    Review,
    /// One street.
    Same,
}

impl StreetName {
    /// A name whose type has its own column, as in the IPE. Either part may be empty.
    #[must_use]
    pub fn of_parts(kind: &str, name: &str) -> Self {
        let kind = plain_upper(kind);
        let types = readings(&kind);
        if kind.is_empty() || (types.is_none() && kind != "LIEU DIT" && kind != "LD") {
            return Self::of_text(&[kind.as_str(), name].join(" "));
        }
        let types = types.unwrap_or_default().to_vec();
        let name = plain_upper(name);
        // Some files repeat the type in front of the name.
        let rest = name.strip_prefix(&kind).and_then(|rest| rest.strip_prefix(' ')).unwrap_or(&name);
        Self { readings: vec![NameReading { types, words: words(rest) }] }
    }

    /// A name with its type in front, as in the BAN.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let text = plain_upper(text);
        let mut all = vec![NameReading { types: Vec::new(), words: words(&text) }];
        let spaces = text.match_indices(' ').map(|(index, _)| index);
        // The longest type first: CHEMIN RURAL before CHEMIN.
        for cut in spaces.take(2).collect::<Vec<_>>().into_iter().rev() {
            if let Some(types) = readings(&text[..cut]) {
                let words = words(&text[cut + 1..]);
                if !words.is_empty() {
                    all.insert(0, NameReading { types: types.to_vec(), words });
                    break;
                }
            }
        }
        Self { readings: all }
    }

    /// Returns whether the name has no word that distinguishes it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.readings.iter().all(|reading| reading.words.is_empty())
    }

    /// The words of the first reading, joined: the same for most ways of writing the name.
    #[must_use]
    pub fn key(&self) -> String {
        self.readings.first().map(|reading| reading.words.join(" ")).unwrap_or_default()
    }

    /// Compares two names.
    ///
    /// The last word decides: it is the same, within one letter from six letters on and two from
    /// nine on, never an abbreviation. Other words may be abbreviated. Source: the idea of
    /// adresses-util, tested on the BAN.
    #[must_use]
    pub fn compare(&self, other: &Self) -> NameMatch {
        let pairs =
            self.readings.iter().flat_map(|left| other.readings.iter().map(move |right| (left, right)));
        pairs.map(|(left, right)| left.compare(right)).max().unwrap_or(NameMatch::Different)
    }
}

impl NameReading {
    fn compare(&self, other: &Self) -> NameMatch {
        let by_words = compare_words(&self.words, &other.words);
        if by_words == NameMatch::Different {
            return NameMatch::Different;
        }
        let common = self.types.iter().any(|kind| other.types.contains(kind));
        let one_reading = self.types.len() <= 1 && other.types.len() <= 1;
        let optional = self.types.is_empty() || other.types.is_empty();
        let alike = self.types == other.types;
        let types = if alike || (common && one_reading) {
            NameMatch::Same
        } else if optional && self.words.len().min(other.words.len()) > 1 {
            // A name of one word without type is too little.
            NameMatch::Same
        } else {
            NameMatch::Review
        };
        by_words.min(types)
    }
}

fn compare_words(left: &[String], right: &[String]) -> NameMatch {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let (Some((last, leading)), Some((other_last, other_leading))) = (short.split_last(), long.split_last())
    else {
        return NameMatch::Different;
    };
    if !is_close(last, other_last) {
        return NameMatch::Different;
    }
    let mut rest = other_leading.iter();
    let aligned = leading.iter().all(|word| rest.any(|other| is_same_word(word, other)));
    if !aligned {
        return NameMatch::Different;
    }
    if short.len() == long.len() { NameMatch::Same } else { NameMatch::Review }
}

/// Returns whether two words are one, or one abbreviates the other: the letters of the short one
/// are in the long one, in order, from the same first letter on.
fn is_same_word(left: &str, right: &str) -> bool {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    if short == long || digits(short) || digits(long) {
        return short == long;
    }
    let mut letters = long.bytes();
    let abbreviates = short.as_bytes().first() == long.as_bytes().first()
        && short.len() <= 4
        && short.bytes().all(|wanted| letters.any(|letter| letter == wanted));
    abbreviates || is_close(short, long)
}

fn is_close(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    let has_digit = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    let tolerance = match left.len().min(right.len()) {
        0..=5 => 0,
        6..=8 => 1,
        _ => 2,
    };
    tolerance > 0
        && !has_digit(left)
        && !has_digit(right)
        && left.len().abs_diff(right.len()) <= tolerance
        && strsim::levenshtein(left, right) <= tolerance
}

/// The words of a folded text that distinguish a name.
fn words(text: &str) -> Vec<String> {
    let text = text.strip_prefix("LIEU DIT ").or_else(|| text.strip_prefix("LIEUDIT ")).unwrap_or(text);
    let all: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let mut words: Vec<String> = Vec::with_capacity(all.len());
    for word in &all {
        if STOP_WORDS.contains(word) {
            continue;
        }
        let full = TITLES.iter().find(|(short, _)| short == word).map_or(*word, |(_, full)| full);
        for part in full.split(' ') {
            words.push(number(part).map_or_else(|| part.to_owned(), |number| number.to_string()));
        }
    }
    // A name made of nothing but small words keeps them: RUE DE L EN.
    if words.is_empty() { all.into_iter().map(str::to_owned).collect() } else { words }
}

/// The number that a word writes in digits, Roman numerals or letters.
fn number(word: &str) -> Option<u32> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && digits <= 9 && matches!(&word[digits..], "" | "E" | "ER" | "ERE" | "EME" | "ND" | "NDE")
    {
        return word[..digits].parse().ok();
    }
    NUMBER_WORDS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number).or_else(|| roman(word))
}

/// The value of a Roman numeral of two letters or more, below 50; single letters are initials.
fn roman(word: &str) -> Option<u32> {
    if word.len() < 2 || !word.bytes().all(|letter| matches!(letter, b'I' | b'V' | b'X')) {
        return None;
    }
    let value = |letter: u8| match letter {
        b'I' => 1,
        b'V' => 5,
        _ => 10,
    };
    let letters: Vec<u32> = word.bytes().map(value).collect();
    let followed = letters.iter().zip(letters.iter().skip(1).copied().chain([0]));
    let sum = followed.fold(0_i64, |sum, (letter, next)| {
        let letter = i64::from(*letter);
        if letter < i64::from(next) { sum - letter } else { sum + letter }
    });
    u32::try_from(sum).ok().filter(|sum| (1..50).contains(sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_a_person_would() {
        use NameMatch::{Different, Review, Same};
        for (kind, name, other, expected) in [
            ("AV", "DU GAL LECLERC", "Avenue du Général Leclerc", Same),
            ("RUE", "DE L EGLISE", "Rue de l’Église", Same),
            ("RUE", "RUE DE L EGLISE", "Rue de l'Église", Same),
            ("", "LA CANEBIERE", "La Canebière", Same),
            ("RUE", "DU 11 NOVEMBRE 1918", "Rue du Onze Novembre 1918", Same),
            ("RUE", "LOUIS XIV", "Rue Louis 14", Same),
            ("RUE", "J JAURES", "Rue Jean Jaurès", Same),
            ("RUE", "JAURES", "Rue Jean Jaurès", Review),
            ("RUE", "DES PRIMEVERE", "Rue des Primevères", Same),
            ("CR", "DU MOULIN", "Cour du Moulin", Review),
            ("CHE", "DU MOULIN", "Rue du Moulin", Review),
            ("RTE", "DE GYR", "Route de Gyronde", Different),
            ("RUE", "DU BAC", "Rue du Lac", Different),
            ("RUE", "DU 8 MAI 1945", "Rue du 8 Mai 1944", Different),
            ("RUE", "DU 11 NOVEMBRE", "Rue du 14 Novembre", Different),
            ("RUE", "SAINT JEAN", "Rue Saint Pierre", Different),
            ("LIEU DIT", "LES PLANES", "Lieu-dit Les Planes", Same),
            ("", "RD 117", "Route 117", Same),
        ] {
            let found = StreetName::of_parts(kind, name).compare(&StreetName::of_text(other));
            assert_eq!(found, expected, "{kind} {name} and {other}");
        }
    }

    #[test]
    fn numerals_have_one_form() {
        for (word, value) in [
            ("XIV", Some(14)),
            ("1ER", Some(1)),
            ("ONZE", Some(11)),
            ("V", None),
            ("VI", Some(6)),
            ("XI", Some(11)),
        ] {
            assert_eq!(number(word), value, "{word}");
        }
    }
}
