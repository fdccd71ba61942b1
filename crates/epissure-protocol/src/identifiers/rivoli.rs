//! Rivoli street codes, also called FANTOIR, and TOPO since 2023.

use super::findings::Findings;
use super::insee::is_insee;
use super::text::{is_digits, quote};

/// Returns true when a value has the shape of a street code: a digit or an upper-case letter, then
/// three digits.
///
/// The first character is the class. A digit is a public road, `A` a group of buildings, `B` to `W`
/// a locality (*lieu-dit*), `X` a pseudo-road. Source: DGFiP, FANTOIR.
#[must_use]
pub fn is_rivoli(value: &str) -> bool {
    match value.as_bytes() {
        [first, ..] if first.is_ascii_digit() || first.is_ascii_uppercase() => is_digits(&value[1..], 3),
        _ => false,
    }
}

/// Checks a Rivoli code (`code_rivoli`, IPE column `CodeVoieRivoliImmeuble`).
///
/// The official schema only requires a string, so that no finding is an error. Codes come from two
/// sources, FANTOIR (DGFiP) and SETIAR (Orange), which may disagree: only the shape is checked.
pub fn check_rivoli(value: &str, at: &str, out: &mut Findings) {
    let shown = quote(value);
    if matches!(value, "XXXX" | "xxxx" | "0000") {
        out.warning(
            "rivoli-placeholder",
            at,
            format!("{shown} stands for a missing Rivoli code: leave it out."),
        );
    } else if let Some(code) = long_form(value) {
        let message = format!("{shown} is a whole FANTOIR identifier: give the street part alone, {code}.");
        out.warning("rivoli-long", at, message);
    } else if !is_rivoli(value) {
        let message =
            format!("{shown} is not a Rivoli code: a digit or an upper-case letter, then three digits.");
        out.warning("rivoli-format", at, message);
    }
}

/// Returns the street part of an INSEE code (5), a street code (4) and an optional key letter (1).
fn long_form(value: &str) -> Option<&str> {
    let (insee, rest) = value.split_at_checked(5)?;
    let (code, key) = rest.split_at_checked(4)?;
    let has_key = key.is_empty() || (key.len() == 1 && key.as_bytes()[0].is_ascii_uppercase());
    (is_insee(insee) && is_rivoli(code) && has_key).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::super::tests::codes;
    use super::*;

    #[test]
    fn rivoli_codes() {
        for (value, expected) in [
            ("0010", &[][..]),
            ("9999", &[]),
            ("A001", &[]),
            ("B012", &[]),
            ("X123", &[]),
            ("XXXX", &["warning rivoli-placeholder"]),
            ("0000", &["warning rivoli-placeholder"]),
            ("090010010Z", &["warning rivoli-long"]),
            ("2A0040010", &["warning rivoli-long"]),
            ("a001", &["warning rivoli-format"]),
            ("00A1", &["warning rivoli-format"]),
            ("001", &["warning rivoli-format"]),
            ("é01", &["warning rivoli-format"]),
            ("0001é", &["warning rivoli-format"]),
            ("", &["warning rivoli-format"]),
        ] {
            assert_eq!(codes(|out| check_rivoli(value, "/code_rivoli", out)), expected, "{value}");
        }
    }
}
