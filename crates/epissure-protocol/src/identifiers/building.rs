//! Identifiers of buildings, of their concentration points and of their plots.

use super::findings::Findings;
use super::insee::{check_embedded, is_insee};
use super::text::{is_upper_alphanumeric, quote};
use crate::refusal::IdentifierRefusal;

/// Longest building identifier, in characters (official schema, `BuildingId`).
pub const BUILDING_ID_MAX: usize = 30;
/// Longest reference of a concentration point, in characters (official schema, `PM`).
pub const PM_REFERENCE_MAX: usize = 20;

/// An identifier in Orange's form: `IMB/09001/X/000E`. Other operators use forms of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImbId<'a> {
    /// INSEE code of the commune.
    pub insee: &'a str,
    /// One upper-case letter; C, S and X have been seen.
    pub letter: &'a str,
    /// Four digits or upper-case letters.
    pub counter: &'a str,
}

impl<'a> ImbId<'a> {
    /// Parses an identifier; `None` for another form.
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        let mut parts = value.strip_prefix("IMB/")?.split('/');
        let id = Self { insee: parts.next()?, letter: parts.next()?, counter: parts.next()? };
        let fits = parts.next().is_none()
            && is_insee(id.insee)
            && id.letter.len() == 1
            && id.letter.as_bytes()[0].is_ascii_uppercase()
            && id.counter.len() == 4
            && is_upper_alphanumeric(id.counter);
        fits.then_some(id)
    }
}

/// Checks the identifier of a building (`building.id`, `relatedEntity[].id`, IPE column
/// `IdentifiantImmeuble`).
///
/// The official schema allows up to 30 characters; an empty identifier designates nothing and is an
/// error as well. The form is checked only for an identifier that starts with `IMB/`. Its INSEE
/// code is compared with `code_insee`.
pub fn check_building_id(value: &str, code_insee: Option<&str>, at: &str, out: &mut Findings) {
    let length = value.chars().count();
    if !(1..=BUILDING_ID_MAX).contains(&length) {
        let refusal = IdentifierRefusal::BuildingId { value: quote(value), length, max: BUILDING_ID_MAX };
        out.error("building-id-length", at, refusal);
    } else if let Some(id) = ImbId::parse(value) {
        check_embedded("building-id-insee-mismatch", "building identifier", id.insee, code_insee, at, out);
    } else if value.starts_with("IMB/") {
        let message =
            format!("{} is not of the form IMB/09001/X/000E that its start announces.", quote(value));
        out.warning("building-id-format", at, message);
    }
}

/// Checks the reference of a concentration point (`building.pm.id`, IPE column `ReferencePM`).
///
/// The official schema allows up to 20 characters: more is an error. An empty reference is a
/// warning, and so is one that starts like Orange's `FI-09001-000A` without having its form.
pub fn check_pm_reference(value: &str, at: &str, out: &mut Findings) {
    let length = value.chars().count();
    if length > PM_REFERENCE_MAX {
        let refusal = IdentifierRefusal::PmReference { value: quote(value), length, max: PM_REFERENCE_MAX };
        out.error("pm-reference-length", at, refusal);
    } else if value.is_empty() {
        out.warning("pm-reference-empty", at, "The reference of the concentration point is empty.");
    } else if value.starts_with("FI-") && !is_orange_pm(value) {
        let message = format!("{} is not of the form FI-09001-000A that its start announces.", quote(value));
        out.warning("pm-reference-format", at, message);
    }
}

/// Checks a cadastral plot (`building.plot`): digits and upper-case letters, at least one, by the
/// official schema's pattern.
pub fn check_plot(value: &str, at: &str, out: &mut Findings) {
    if value.is_empty() || !is_upper_alphanumeric(value) {
        out.error("plot-format", at, IdentifierRefusal::Plot { value: quote(value) });
    }
}

fn is_orange_pm(value: &str) -> bool {
    let mut parts = value.split('-').skip(1);
    let (insee, counter) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    parts.next().is_none() && is_insee(insee) && counter.len() == 4 && is_upper_alphanumeric(counter)
}

#[cfg(test)]
mod tests {
    use super::super::tests::codes;
    use super::*;

    #[test]
    fn building_ids() {
        let longest = "X".repeat(30);
        let too_long = "X".repeat(31);
        let accented = "é".repeat(30);
        for (value, code_insee, expected) in [
            ("IMB/09001/X/000E", None, &[][..]),
            ("IMB/09001/X/000Q", Some("09001"), &[]),
            ("IMB/77288/S/02OK", Some("77288"), &[]),
            ("IMB/20004/C/0001", Some("2A004"), &[]),
            ("ID-75120000012C", Some("75056"), &[]),
            ("0740000A085800101", None, &[]),
            (&longest, None, &[]),
            (&accented, None, &[]),
            ("IMB/09001/X/000E", Some("09122"), &["warning building-id-insee-mismatch"]),
            ("IMB/09001/X/000", None, &["warning building-id-format"]),
            ("IMB/09001/x/000E", None, &["warning building-id-format"]),
            ("IMB/09001/X/000E/1", None, &["warning building-id-format"]),
            ("IMB/9001/X/000E", None, &["warning building-id-format"]),
            ("IMB/", None, &["warning building-id-format"]),
            (&too_long, None, &["error building-id-length"]),
            ("", None, &["error building-id-length"]),
        ] {
            assert_eq!(codes(|out| check_building_id(value, code_insee, "/id", out)), expected, "{value}");
        }
    }

    #[test]
    fn pm_references() {
        for (value, expected) in [
            ("FI-77288-001A", &[][..]),
            ("FI-2A004-001A", &[]),
            ("NRO_01074_00004", &[]),
            ("HT-TEC-0054S", &[]),
            ("12345678901234567890", &[]),
            ("FI-77288-01A", &["warning pm-reference-format"]),
            ("FI-77288-001A-2", &["warning pm-reference-format"]),
            ("", &["warning pm-reference-empty"]),
            ("123456789012345678901", &["error pm-reference-length"]),
            // The schema's own example breaks the schema's own limit.
            ("FTEL-PM-00000000000000", &["error pm-reference-length"]),
        ] {
            assert_eq!(codes(|out| check_pm_reference(value, "/id", out)), expected, "{value}");
        }
    }

    #[test]
    fn plots() {
        for (value, expected) in [
            ("09001000AB0012", &[][..]),
            ("A", &[]),
            ("", &["error plot-format"]),
            ("AB 12", &["error plot-format"]),
            ("ab12", &["error plot-format"]),
            ("ABÉ12", &["error plot-format"]),
        ] {
            assert_eq!(codes(|out| check_plot(value, "/plot", out)), expected, "{value}");
        }
    }
}
