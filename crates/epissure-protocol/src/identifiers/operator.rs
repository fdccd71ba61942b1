//! Operator codes.

use super::findings::Findings;
use super::text::{is_upper_alphanumeric, quote};
use crate::refusal::IdentifierRefusal;

/// Checks the code of an operator (`code_oi`, `code_oc`): four digits or upper-case letters, by the
/// official schema's pattern (`CodeOperateurArcep`). Arcep and Interop'Fibre assign the codes ("CE
/// identifier").
pub fn check_operator_code(value: &str, at: &str, out: &mut Findings) {
    if value.len() != 4 || !is_upper_alphanumeric(value) {
        out.error("operator-code-format", at, IdentifierRefusal::OperatorCode { value: quote(value) });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::codes;
    use super::*;

    #[test]
    fn operator_codes() {
        for (value, expected) in [
            ("FTEL", &[][..]),
            ("ARTD", &[]),
            ("F0E1", &[]),
            ("ftel", &["error operator-code-format"]),
            ("PBOOK", &["error operator-code-format"]),
            ("FTE", &["error operator-code-format"]),
            ("FTÉ", &["error operator-code-format"]),
            ("", &["error operator-code-format"]),
        ] {
            assert_eq!(codes(|out| check_operator_code(value, "/code_oi", out)), expected, "{value}");
        }
    }
}
