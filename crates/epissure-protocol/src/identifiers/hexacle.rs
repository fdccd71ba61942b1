//! Hexaclés: La Poste's identifiers of addresses.

use super::findings::Findings;
use super::insee::{check_embedded, is_insee};
use super::text::{is_upper_alphanumeric, quote};
use crate::refusal::IdentifierRefusal;

/// Exact length, in characters, of both hexaclés.
const LENGTH: usize = 10;

/// Checks the hexaclé of a street number (`code_hexacle`, IPE column `CodeAdresseImmeuble`).
///
/// The official schema (`GeographicAddress`) sets both `minLength` and `maxLength` to 10: another
/// length is an error. The reference data is proprietary (La Poste, SNA). Only the shape (digits
/// and upper-case letters) and the INSEE code in the first five characters are checked; both lead
/// to warnings.
pub fn check_hexacle(value: &str, code_insee: Option<&str>, at: &str, out: &mut Findings) {
    let refusal = |value, length| IdentifierRefusal::Hexacle { value, length, expected: LENGTH };
    check("hexaclé", refusal, value, code_insee, at, out);
}

/// Checks the hexaclé of a street (`code_hexacle_voie`, IPE column `CodeHexacleVoie`): the "number
/// 0" of the street, not its hexavia. Same rules as [`check_hexacle`].
pub fn check_hexacle_voie(value: &str, code_insee: Option<&str>, at: &str, out: &mut Findings) {
    let refusal = |value, length| IdentifierRefusal::StreetHexacle { value, length, expected: LENGTH };
    check("street hexaclé", refusal, value, code_insee, at, out);
}

fn check(
    what: &str,
    refusal: fn(String, usize) -> IdentifierRefusal,
    value: &str,
    code_insee: Option<&str>,
    at: &str,
    out: &mut Findings,
) {
    let shown = quote(value);
    let length = value.chars().count();
    if length != LENGTH {
        out.error("hexacle-length", at, refusal(shown, length));
        return;
    }
    match value.get(..5).filter(|_| is_upper_alphanumeric(value)) {
        None => {
            let message =
                format!("The {what} {shown} is expected to hold digits and upper-case letters only.");
            out.warning("hexacle-format", at, message);
        }
        Some(insee) if !is_insee(insee) => {
            let message =
                format!("The {what} {shown} is expected to start with the INSEE code of its commune.");
            out.warning("hexacle-format", at, message);
        }
        Some(insee) => check_embedded("hexacle-insee-mismatch", what, insee, code_insee, at, out),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::codes;
    use super::*;

    #[test]
    fn hexacles() {
        for (value, code_insee, expected) in [
            ("0900122AB3", None, &[][..]),
            ("0900122AB3", Some("09001"), &[]),
            ("2A00422AB3", Some("20004"), &[]),
            ("7510122AB3", Some("75056"), &[]),
            ("0900122AB3", Some("nonsense"), &[]),
            ("0900122AB3", Some("09122"), &["warning hexacle-insee-mismatch"]),
            ("0900122ab3", Some("09001"), &["warning hexacle-format"]),
            ("ABCDE22AB3", Some("09001"), &["warning hexacle-format"]),
            ("09001 2AB3", None, &["warning hexacle-format"]),
            ("éééééééééé", None, &["warning hexacle-format"]),
            ("0900122AB", None, &["error hexacle-length"]),
            ("0900122AB33", None, &["error hexacle-length"]),
            ("", None, &["error hexacle-length"]),
        ] {
            assert_eq!(codes(|out| check_hexacle(value, code_insee, "", out)), expected, "{value}");
            assert_eq!(codes(|out| check_hexacle_voie(value, code_insee, "", out)), expected, "{value}");
        }
    }
}
