//! Postcodes.

use super::communes;
use super::findings::Findings;
use super::text::{is_digits, quote};

/// Checks a postcode (`postcode`, IPE column `CodePostalImmeuble`): five digits, in La Poste's
/// table of delivery postcodes.
///
/// The official schema only requires a string, so that no finding is an error. CEDEX postcodes are
/// not in the table: they belong to organisations, not to buildings.
pub fn check_postcode(value: &str, at: &str, out: &mut Findings) {
    let shown = quote(value);
    if !is_digits(value, 5) {
        out.warning("postcode-format", at, format!("{shown} is not a postcode: five digits are expected."));
    } else if communes::by_postcode(value).next().is_none() {
        out.warning(
            "postcode-unknown",
            at,
            format!("No commune has the postcode {shown}; CEDEX is not one."),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::codes;
    use super::*;

    #[test]
    fn postcodes() {
        for (value, expected) in [
            ("09240", &[][..]),
            ("20167", &[]),
            ("97400", &[]),
            ("97500", &[]),
            ("98800", &[]),
            ("75116", &[]),
            ("99999", &["warning postcode-unknown"]),
            ("9240", &["warning postcode-format"]),
            ("2A004", &["warning postcode-format"]),
            ("09 240", &["warning postcode-format"]),
            ("", &["warning postcode-format"]),
        ] {
            assert_eq!(codes(|out| check_postcode(value, "/postcode", out)), expected, "{value}");
        }
    }
}
