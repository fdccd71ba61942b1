//! INSEE codes of communes.

use super::communes;
use super::findings::Findings;
use super::text::{is_digits, quote};

/// Returns true when a value has the shape of an INSEE commune code: five digits, or `2A` or `2B`
/// and three digits.
///
/// Source: INSEE, *Code officiel géographique*.
#[must_use]
pub fn is_insee(value: &str) -> bool {
    match value.strip_prefix("2A").or_else(|| value.strip_prefix("2B")) {
        Some(rest) => is_digits(rest, 3),
        None => is_digits(value, 5),
    }
}

/// Checks the INSEE code of a commune (`code_insee`, IPE column `CodeInseeImmeuble`).
///
/// The official schema only requires a string, so that no finding is an error. The table of
/// communes identifies unknown and retired codes.
pub fn check_insee(value: &str, at: &str, out: &mut Findings) {
    let shown = quote(value);
    if !is_insee(value) {
        let message = format!("{shown} is not an INSEE code: five digits, or 2A or 2B and three digits.");
        out.warning("insee-format", at, message);
        return;
    }
    if communes::by_insee(value).is_some() {
        return;
    }
    if let Some(current) = communes::resolve_old(value) {
        let (name, code) = (current.name, current.insee);
        out.warning("insee-retired", at, format!("The INSEE code {shown} is retired: use {code} ({name})."));
    } else {
        out.warning("insee-unknown", at, format!("No commune has the INSEE code {shown}."));
    }
}

/// Warns when an identifier embeds the INSEE code of another commune than the address. Retired
/// codes and municipal districts are resolved; an invalid address code is not compared.
pub(super) fn check_embedded(
    code: &'static str,
    what: &str,
    embedded: &str,
    code_insee: Option<&str>,
    at: &str,
    out: &mut Findings,
) {
    let Some(expected) = code_insee.filter(|code| is_insee(code)) else { return };
    if !communes::same_commune(embedded, expected) {
        let embedded = quote(embedded);
        out.warning(
            code,
            at,
            format!("The {what} is of commune {embedded}, the address of commune {expected}."),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::codes;
    use super::*;

    #[test]
    fn insee_codes() {
        for (value, expected) in [
            ("09001", &[][..]),
            ("2A004", &[]),
            ("75101", &[]),
            ("97502", &[]),
            ("98818", &[]),
            ("20004", &["warning insee-retired"]),
            ("99999", &["warning insee-unknown"]),
            ("2C004", &["warning insee-format"]),
            ("2a004", &["warning insee-format"]),
            ("2A0045", &["warning insee-format"]),
            ("9001", &["warning insee-format"]),
            ("０9001", &["warning insee-format"]),
            ("", &["warning insee-format"]),
        ] {
            assert_eq!(codes(|out| check_insee(value, "/code_insee", out)), expected, "{value}");
        }
    }

    #[test]
    fn a_retired_code_names_its_successor() {
        let mut out = Findings::new();
        check_insee("20004", "/code_insee", &mut out);
        let finding = out.iter().next().unwrap();
        assert_eq!(finding.pointer, "/code_insee");
        assert_eq!(finding.message, r#"The INSEE code "20004" is retired: use 2A004 (Ajaccio)."#);
    }
}
