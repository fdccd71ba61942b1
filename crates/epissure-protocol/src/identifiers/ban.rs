//! Keys of the *Base adresse nationale* (BAN).

use uuid::Uuid;

use super::findings::Findings;
use super::insee::{check_embedded, is_insee};
use super::text::{is_digits, quote};

/// A parsed interoperability key (`cle_interop`): `09001_0010_00012_bis`.
///
/// Source: the format *Base adresse locale*, and the documentation of the BAN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BanKey<'a> {
    /// INSEE code of the commune.
    pub insee: &'a str,
    /// Street code, 4 to 6 lower-case characters: a Rivoli code, or a transitional code of 6.
    pub street: &'a str,
    /// Street number on 5 digits; 99999 for a place name without number.
    pub number: &'a str,
    /// Suffixes, joined by underscores; empty when there is none.
    pub suffixes: &'a str,
}

impl<'a> BanKey<'a> {
    /// Number of a place name without a number.
    pub const NO_NUMBER: &'static str = "99999";

    /// Parses a key; `None` for any other text. Case matters: only the `A` and `B` of Corsica are
    /// upper-case.
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        // Bytes are faster than a search for characters: files hold millions of keys.
        let underscore = |text: &str| text.bytes().position(|byte| byte == b'_');
        let (insee, rest) = value.split_at_checked(5)?;
        let rest = rest.strip_prefix('_')?;
        let (street, rest) = rest.split_at(underscore(rest)?);
        let rest = &rest[1..];
        let (number, suffixes) = match underscore(rest) {
            Some(end) => (&rest[..end], Some(&rest[end + 1..])),
            None => (rest, None),
        };
        let is_lower =
            |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
        let fits = is_insee(insee)
            && (4..=6).contains(&street.len())
            && is_lower(street)
            && is_digits(number, 5)
            && suffixes.is_none_or(|all| all.split('_').all(|part| !part.is_empty() && is_lower(part)));
        fits.then_some(Self { insee, street, number, suffixes: suffixes.unwrap_or_default() })
    }

    /// Returns the Rivoli code in the key, if any: neither a placeholder nor a transitional code.
    #[must_use]
    pub fn rivoli(&self) -> Option<&'a str> {
        (self.street.len() == 4 && !matches!(self.street, "0000" | "xxxx")).then_some(self.street)
    }
}

/// Checks a BAN identifier (`code_ban`, IPE column `CodeBAN`): an interoperability key, or the UUID
/// of an address.
///
/// The official schema only requires a string, so that any other text is a warning. A key of a
/// commune other than `code_insee` is a warning too.
pub fn check_ban(value: &str, code_insee: Option<&str>, at: &str, out: &mut Findings) {
    if let Some(key) = BanKey::parse(value) {
        check_embedded("ban-insee-mismatch", "BAN key", key.insee, code_insee, at, out);
        return;
    }
    if value.len() == 36 && Uuid::try_parse(value).is_ok() {
        return;
    }
    if let Some(written) = respelled(value) {
        out.info("ban-case", at, format!("The BAN key {} is usually written {written}.", quote(value)));
    } else {
        let message = format!(
            "{} is not a BAN identifier: an interoperability key (09001_0010_00012) or a UUID is expected.",
            quote(value)
        );
        out.warning("ban-format", at, message);
    }
}

/// Returns the key with the expected case, when only case is wrong.
fn respelled(value: &str) -> Option<String> {
    let (insee, rest) = value.split_once('_')?;
    let written = format!("{}_{}", insee.to_ascii_uppercase(), rest.to_ascii_lowercase());
    BanKey::parse(&written).is_some().then_some(written)
}

#[cfg(test)]
mod tests {
    use super::super::tests::codes;
    use super::*;

    #[test]
    fn ban_identifiers() {
        for (value, code_insee, expected) in [
            ("09001_0010_00012", None, &[][..]),
            ("09001_0010_00012", Some("09001"), &[]),
            ("2A004_b012_00001_bis", Some("2A004"), &[]),
            ("75101_xxxx_00001_bis_a", Some("75056"), &[]),
            ("09001_x1y2z3_99999", None, &[]),
            ("0f0b4f26-6e0d-4c2e-9d63-0a8a3a1b2c3d", Some("09001"), &[]),
            ("09001_0010_00012", Some("09122"), &["warning ban-insee-mismatch"]),
            ("2a004_B012_00001_BIS", None, &["info ban-case"]),
            ("0f0b4f266e0d4c2e9d630a8a3a1b2c3d", None, &["warning ban-format"]),
            ("09001_0010_12", None, &["warning ban-format"]),
            ("09001_001_00012", None, &["warning ban-format"]),
            ("09001_0010123_00012", None, &["warning ban-format"]),
            ("09001_0010_00012_", None, &["warning ban-format"]),
            ("09001_0010_00012__a", None, &["warning ban-format"]),
            ("09001_00é0_00012", None, &["warning ban-format"]),
            ("", None, &["warning ban-format"]),
        ] {
            assert_eq!(codes(|out| check_ban(value, code_insee, "", out)), expected, "{value}");
        }
    }

    #[test]
    fn keys_come_apart() {
        let key = BanKey::parse("09001_b012_00012_bis_a").unwrap();
        assert_eq!((key.insee, key.street, key.number, key.suffixes), ("09001", "b012", "00012", "bis_a"));
        assert_eq!(key.rivoli(), Some("b012"));
        assert_eq!(BanKey::parse("09001_xxxx_00012").unwrap().rivoli(), None);
        assert_eq!(BanKey::parse("09001_0010ab_00012").unwrap().rivoli(), None);
    }
}
