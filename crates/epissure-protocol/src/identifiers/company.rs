//! SIREN and SIRET numbers of companies and of their establishments.

use super::findings::Findings;
use super::text::{is_digits, quote};
use crate::refusal::IdentifierRefusal;

/// La Poste's SIREN: its establishments are too many for the Luhn key.
const LA_POSTE: &str = "356000000";
/// La Poste's head office, its only establishment with a Luhn key.
const LA_POSTE_HEAD_OFFICE: &str = "35600000000048";

/// Checks a SIREN: 9 digits, the last of which is a Luhn key.
///
/// The official schema (`Company`) sets the pattern, so that another shape is an error. It does not
/// specify the key, so that a wrong one is a warning.
pub fn check_siren(value: &str, at: &str, out: &mut Findings) {
    // Written only for a finding: files are checked by the million lines.
    let shown = || quote(value);
    if !is_digits(value, 9) {
        out.error("siren-format", at, IdentifierRefusal::Siren { value: shown() });
    } else if is_zero(value) {
        out.warning("siren-zero", at, format!("The SIREN {} is a filler and not a company.", shown()));
    } else if !passes_luhn(value) {
        out.warning("siren-checksum", at, format!("The SIREN {} fails its checksum (Luhn).", shown()));
    }
}

/// Checks a SIRET: 14 digits, the first 9 of which are a SIREN, the last of which is a Luhn key.
///
/// La Poste's establishments other than its head office have no Luhn key: the sum of their digits
/// is a multiple of 5. The pattern is the official schema's (`Company`), hence an error; the
/// checksums are warnings.
pub fn check_siret(value: &str, at: &str, out: &mut Findings) {
    let shown = || quote(value);
    if !is_digits(value, 14) {
        out.error("siret-format", at, IdentifierRefusal::Siret { value: shown() });
    } else if is_zero(&value[..9]) {
        out.warning(
            "siren-zero",
            at,
            format!("The SIREN in the SIRET {} is a filler and not a company.", shown()),
        );
    } else if !passes_luhn(&value[..9]) {
        out.warning(
            "siren-checksum",
            at,
            format!("The SIREN in the SIRET {} fails its checksum (Luhn).", shown()),
        );
    } else if value.starts_with(LA_POSTE) && value != LA_POSTE_HEAD_OFFICE {
        if digits(value).sum::<u32>() % 5 != 0 {
            let message = format!(
                "The SIRET {} fails its checksum: the digits of an establishment of La Poste sum to a multiple of 5.",
                shown()
            );
            out.warning("siret-checksum", at, message);
        }
    } else if !passes_luhn(value) {
        out.warning("siret-checksum", at, format!("The SIRET {} fails its checksum (Luhn).", shown()));
    }
}

/// Warns when a SIRET does not begin with the SIREN. Values of another shape are reported by their
/// own checks.
pub fn check_siren_siret(siren: &str, siret: &str, at: &str, out: &mut Findings) {
    if is_digits(siren, 9) && is_digits(siret, 14) && !siret.starts_with(siren) {
        let message = format!("The SIRET {} is not of the company {}.", quote(siret), quote(siren));
        out.warning("siret-siren-mismatch", at, message);
    }
}

/// Returns true when the digits are all 0, which the Luhn checksum accepts.
fn is_zero(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'0')
}

fn digits(value: &str) -> impl DoubleEndedIterator<Item = u32> {
    value.bytes().map(|byte| u32::from(byte - b'0'))
}

/// Returns true when digits pass the Luhn checksum: every second digit from the right counts
/// double.
fn passes_luhn(value: &str) -> bool {
    let sum: u32 = digits(value)
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit) {
            (0, _) => digit,
            (_, 0..=4) => digit * 2,
            _ => digit * 2 - 9,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::super::tests::codes;
    use super::*;

    #[test]
    fn sirens() {
        for (value, expected) in [
            ("210900015", &[][..]),
            ("732829320", &[]),
            ("356000000", &[]),
            ("732829321", &["warning siren-checksum"]),
            ("000000000", &["warning siren-zero"]),
            ("73282932", &["error siren-format"]),
            ("7328293200", &["error siren-format"]),
            ("732 829 320", &["error siren-format"]),
            ("73282932O", &["error siren-format"]),
            ("", &["error siren-format"]),
        ] {
            assert_eq!(codes(|out| check_siren(value, "/siren", out)), expected, "{value}");
        }
    }

    #[test]
    fn sirets() {
        for (value, expected) in [
            ("73282932000074", &[][..]),
            ("21090001500012", &[]),
            ("35600000000048", &[]),
            ("35600000049837", &[]),
            ("35600000049838", &["warning siret-checksum"]),
            ("21090001500013", &["warning siret-checksum"]),
            ("73282932100074", &["warning siren-checksum"]),
            ("00000000000000", &["warning siren-zero"]),
            ("00000000000018", &["warning siren-zero"]),
            ("7328293200007", &["error siret-format"]),
            ("732829320000740", &["error siret-format"]),
            ("", &["error siret-format"]),
        ] {
            assert_eq!(codes(|out| check_siret(value, "/siret", out)), expected, "{value}");
        }
    }

    #[test]
    fn any_single_wrong_digit_is_seen() {
        for (place, digit) in (0..9).flat_map(|place| (b'0'..=b'9').map(move |digit| (place, digit))) {
            let mut bytes = *b"732829320";
            let same = bytes[place] == digit;
            bytes[place] = digit;
            assert_eq!(passes_luhn(std::str::from_utf8(&bytes).unwrap()), same);
        }
    }

    #[test]
    fn a_siret_belongs_to_its_siren() {
        for (siren, siret, expected) in [
            ("732829320", "73282932000074", &[][..]),
            ("210900015", "73282932000074", &["warning siret-siren-mismatch"]),
            ("2109", "73282932000074", &[]),
        ] {
            assert_eq!(codes(|out| check_siren_siret(siren, siret, "/siret", out)), expected);
        }
    }
}
