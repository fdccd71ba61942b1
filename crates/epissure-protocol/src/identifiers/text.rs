//! Text helpers shared by the checks.

/// Returns the value between quotes, escaped, and cut after 40 characters, for logs and pages.
pub(super) fn quote(value: &str) -> String {
    const MAX: usize = 40;
    match value.char_indices().nth(MAX) {
        Some((cut, _)) => format!("{:?}…", &value[..cut]),
        None => format!("{value:?}"),
    }
}

/// Returns true when the value is exactly `len` ASCII digits.
pub(super) fn is_digits(value: &str, len: usize) -> bool {
    value.len() == len && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns true when the value has ASCII digits and upper-case letters only.
pub(super) fn is_upper_alphanumeric(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// Folds a name for comparison: no accents, case or punctuation, and the usual abbreviations
/// expanded.
///
/// `"L'Haÿ-les-Roses"` and `"HAY LES ROSES"` fold to the same text. So do `"St-Denis"` and
/// `"Saint-Denis"`, `"Perréon (Le)"` and `"LE PERREON"`, `"Paris 3e Arrondissement"` and
/// `"PARIS 3"`. A trailing CEDEX, with or without its number, is dropped.
#[must_use]
pub fn fold_name(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for character in name.chars() {
        if is_combining(character) {
            continue;
        }
        let letters = plain(character);
        if letters.is_empty() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        } else {
            word.push_str(&letters);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }

    if let Some(cedex) = words.iter().position(|word| word == "CEDEX")
        && cedex > 0
    {
        words.truncate(cedex);
    }
    if words.len() > 2 && matches!(words.last().map(String::as_str), Some("ARRONDISSEMENT" | "ARR")) {
        words.pop();
    }
    if words.len() > 1
        && let Some(last) = words.last_mut()
        && let Some(number) = ordinal(last)
    {
        *last = number;
    }
    while words.len() > 1 && is_article(&words[0]) {
        words.remove(0);
    }
    while words.len() > 1 && words.last().is_some_and(|word| is_article(word)) {
        words.pop();
    }
    for (position, word) in words.iter_mut().enumerate() {
        match word.as_str() {
            "ST" => *word = "SAINT".to_owned(),
            "STE" => *word = "SAINTE".to_owned(),
            "STS" => *word = "SAINTS".to_owned(),
            "STES" => *word = "SAINTES".to_owned(),
            "S" if position > 0 => *word = "SUR".to_owned(),
            _ => {}
        }
    }
    words.join(" ")
}

/// Returns true when two folded names are probably spellings of one name. Small words may be
/// missing, the end may be missing or cut short, and words may be joined. Postal labels have 32
/// characters at most, formerly 26.
///
/// Numbers count: `PARIS 1` is neither `PARIS 13` nor `PARIS`. `SAINT` alone matches no other name.
pub(super) fn is_like(left: &str, right: &str) -> bool {
    let joined = |name: &str| name.replace(' ', "");
    if joined(left) == joined(right) {
        return !left.is_empty();
    }
    let words = |name: &str| -> Vec<String> {
        name.split(' ').filter(|word| !word.is_empty() && !is_small(word)).map(str::to_owned).collect()
    };
    let (left, right) = (words(left), words(right));
    let (short, long) = if left.len() <= right.len() { (&left, &right) } else { (&right, &left) };
    let (Some((last, leading)), true) = (short.split_last(), short.iter().any(|word| !is_saint(word))) else {
        return false;
    };
    let other = &long[leading.len()];
    let alike = last == other
        || (leading.iter().any(|word| !is_saint(word))
            && !has_digit(last)
            && !has_digit(other)
            && (other.starts_with(last.as_str()) || last.starts_with(other.as_str())));
    alike && long.starts_with(leading) && !long[short.len()..].iter().any(|word| has_digit(word))
}

fn is_saint(word: &str) -> bool {
    matches!(word, "SAINT" | "SAINTE" | "SAINTS" | "SAINTES")
}

fn is_small(word: &str) -> bool {
    is_article(word)
        || matches!(
            word,
            "A" | "AU" | "AUX" | "D" | "DE" | "DES" | "DU" | "EN" | "ET" | "LEZ" | "SOUS" | "SUR"
        )
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_article(word: &str) -> bool {
    matches!(word, "L" | "LA" | "LE" | "LES")
}

/// Returns the digits of `1ER`, `3E`, `3EME` or `03`, without leading zero.
fn ordinal(word: &str) -> Option<String> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || !matches!(&word[digits..], "" | "E" | "ER" | "EME") {
        return None;
    }
    Some(word[..digits].trim_start_matches('0').to_owned())
}

fn is_combining(character: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&character)
}

/// Returns the upper-case ASCII letters and digits of a character; empty for any other.
fn plain(character: char) -> String {
    let letters = match character {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => "A",
        'ç' | 'Ç' => "C",
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => "E",
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => "I",
        'ñ' | 'Ñ' => "N",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' => "O",
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' => "U",
        'ý' | 'ÿ' | 'Ý' | 'Ÿ' => "Y",
        'œ' | 'Œ' => "OE",
        'æ' | 'Æ' => "AE",
        _ if character.is_ascii_alphanumeric() => return character.to_ascii_uppercase().to_string(),
        _ => "",
    };
    letters.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_to_what_they_have_in_common() {
        for (left, right) in [
            ("L'Haÿ-les-Roses", "HAY LES ROSES"),
            ("Saint-Denis", "ST DENIS"),
            ("Sainte-Geneviève-des-Bois", "Ste Genevieve des bois"),
            ("Le Perréon", "Perréon (Le)"),
            ("L’Abergement-Clémenciat", "L ABERGEMENT CLEMENCIAT"),
            ("Villeneuve-sur-Lot", "VILLENEUVE S/LOT"),
            ("Schœlcher", "SCHOELCHER"),
            ("Paris 3e Arrondissement", "PARIS 03"),
            ("Marseille 1er Arrondissement", "Marseille 1"),
            ("Melun", "MELUN CEDEX 2"),
            ("Évry", "E\u{301}vry"),
        ] {
            assert_eq!(fold_name(left), fold_name(right), "{left} / {right}");
        }
    }

    #[test]
    fn different_names_stay_different() {
        for (left, right) in [("Foix", "Foix-Sud"), ("Saint-Denis", "Sainte-Denise"), ("Paris 1", "Paris 11")]
        {
            assert_ne!(fold_name(left), fold_name(right), "{left} / {right}");
        }
    }

    #[test]
    fn other_ways_of_writing_a_name_are_alike() {
        let like = |left: &str, right: &str| is_like(&fold_name(left), &fold_name(right));
        for (left, right) in [
            ("Camps-sur-l'Agly", "CAMPS SUR AGLY"),
            ("Escueillens-et-Saint-Just-de-Bélengard", "ESCUEILLENS ST JUST BELENG"),
            ("Fleury", "FLEURY D AUDE"),
            ("Ville-sous-la-Ferté", "VILLE SOUS LAFERTE"),
            ("Cransac-les-Thermes", "Cransac"),
            ("Saint-Paul-lès-Durance", "SAINT-PAUL-LEZ-DURANCE"),
            ("Saint-Germain-la-Blanche-Herbe", "ST GERMAIN LA BLANCHE HERB"),
        ] {
            assert!(like(left, right) && like(right, left), "{left} / {right}");
        }
        for (left, right) in [
            ("Paris 1er Arrondissement", "Paris"),
            ("Paris 1er Arrondissement", "Paris 13"),
            ("Saint-Denis", "Saint"),
            ("Saint-Denis", "Saint-Denisot"),
            ("Foix", "Foixville"),
            ("Foix", ""),
            ("Foix", "sur"),
            ("", ""),
        ] {
            assert!(!like(left, right) && !like(right, left), "{left} / {right}");
        }
    }

    #[test]
    fn a_name_never_folds_away() {
        for name in ["Y", "La", "Les", "Le", "CEDEX", "ST", "S", "L"] {
            assert!(!fold_name(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn quoting_is_short_and_safe() {
        assert_eq!(quote("a\nb\"c"), r#""a\nb\"c""#);
        assert_eq!(quote(&"é".repeat(41)), format!("\"{}\"…", "é".repeat(40)));
        assert_eq!(quote(&"é".repeat(40)), format!("\"{}\"", "é".repeat(40)));
    }
}
