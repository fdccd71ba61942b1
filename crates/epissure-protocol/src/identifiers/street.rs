//! Street numbers, their suffixes, and street names.

use super::findings::Findings;
use super::text::quote;

/// Checks a street number (`streetNr`, IPE column `NumeroVoieImmeuble`).
///
/// The official schema only requires a string. The IPE has a whole number of up to 5 digits, where
/// `0` means "no number was assigned". The numbers of a group are concatenated: `166-170` is
/// `166170`, accepted although it exceeds 5 digits.
pub fn check_street_number(value: &str, at: &str, out: &mut Findings) {
    let shown = quote(value);
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &value[digits..];
    if value.is_empty() {
        out.info("street-number-empty", at, "The street number is empty: leave it out when it is not known.");
    } else if digits == 0 {
        out.warning(
            "street-number-format",
            at,
            format!("{shown} is not a street number: digits are expected."),
        );
    } else if !rest.is_empty() {
        let message = format!(
            "The street number {shown} is expected to hold digits only; a suffix has its own member, streetNrSuffix."
        );
        out.warning("street-number-format", at, message);
    } else if digits > 6 || (digits == 6 && !is_group(value)) {
        out.warning("street-number-length", at, format!("The street number {shown} has more than 5 digits."));
    } else if value.bytes().all(|byte| byte == b'0') {
        out.info("street-number-zero", at, "The street number 0 means that none was assigned.");
    } else if value.starts_with('0') {
        out.info("street-number-zeros", at, format!("The street number {shown} has leading zeros."));
    }
}

/// Checks a street number suffix (`streetNrSuffix`, IPE column `ComplementNumeroVoieImmeuble`).
///
/// The official schema only requires a string. The IPE has one upper-case letter (B for *bis*, T
/// for *ter*). A *Base adresse locale* has up to 9 lower-case characters that start with a digit or
/// a letter.
pub fn check_street_number_suffix(value: &str, at: &str, out: &mut Findings) {
    let shown = quote(value);
    match value.as_bytes() {
        [letter] if letter.is_ascii_uppercase() => {}
        [first, ..] if value.len() <= 9 && first.is_ascii_alphanumeric() && value.is_ascii() => {
            out.info(
                "street-suffix-style",
                at,
                format!("The suffix {shown} is one upper-case letter in the IPE."),
            );
        }
        [] => out.info("street-suffix-empty", at, "The street number suffix is empty: leave it out."),
        _ => {
            let message =
                format!("{shown} is not a street number suffix: one upper-case letter is expected.");
            out.warning("street-suffix-format", at, message);
        }
    }
}

/// Checks the length of a street name (`streetName`, IPE column `NomVoieImmeuble`): 3 to 200
/// characters in a *Base adresse locale*. The official schema only requires a string, so that
/// another length is a matter of style.
pub fn check_street_name(value: &str, at: &str, out: &mut Findings) {
    let length = value.trim().chars().count();
    if !(3..=200).contains(&length) {
        let message = format!("The street name {} is usually 3 to 200 characters long.", quote(value));
        out.info("street-name-length", at, message);
    }
}

/// Returns true when six digits are two increasing numbers of three digits.
fn is_group(value: &str) -> bool {
    let (from, to) = value.split_at(3);
    !from.starts_with('0') && from < to
}

#[cfg(test)]
mod tests {
    use super::super::tests::codes;
    use super::*;

    #[test]
    fn street_numbers() {
        for (value, expected) in [
            ("1", &[][..]),
            ("99999", &[]),
            ("166170", &[]),
            ("0", &["info street-number-zero"]),
            ("0012", &["info street-number-zeros"]),
            ("", &["info street-number-empty"]),
            ("12B", &["warning street-number-format"]),
            ("166-170", &["warning street-number-format"]),
            ("-1", &["warning street-number-format"]),
            ("bis", &["warning street-number-format"]),
            ("١", &["warning street-number-format"]),
            ("123456789", &["warning street-number-length"]),
            ("170166", &["warning street-number-length"]),
        ] {
            assert_eq!(codes(|out| check_street_number(value, "/streetNr", out)), expected, "{value}");
        }
    }

    #[test]
    fn suffixes() {
        for (value, expected) in [
            ("B", &[][..]),
            ("T", &[]),
            ("b", &["info street-suffix-style"]),
            ("BIS", &["info street-suffix-style"]),
            ("1", &["info street-suffix-style"]),
            ("", &["info street-suffix-empty"]),
            ("bis et ter", &["warning street-suffix-format"]),
            (" B", &["warning street-suffix-format"]),
            ("é", &["warning street-suffix-format"]),
        ] {
            assert_eq!(codes(|out| check_street_number_suffix(value, "", out)), expected, "{value}");
        }
    }

    #[test]
    fn street_names() {
        let longest = "x".repeat(200);
        let too_long = "x".repeat(201);
        for (value, expected) in [
            ("Rue", &[][..]),
            (&longest, &[]),
            ("Ru", &["info street-name-length"]),
            ("   ", &["info street-name-length"]),
            ("", &["info street-name-length"]),
            (&too_long, &["info street-name-length"]),
        ] {
            assert_eq!(codes(|out| check_street_name(value, "/streetName", out)), expected, "{value}");
        }
    }
}
