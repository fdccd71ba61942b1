//! Identifiers of the contract: formats and cross-checks.
//!
//! Every check is pure: it reads a value and adds to [`Findings`], under its caller's JSON pointer.
//! It never stops at the first fault.
//!
//! ```
//! use epissure_protocol::identifiers::{Findings, Severity, check_siren};
//!
//! let mut findings = Findings::new();
//! check_siren("732829321", "/siren", &mut findings);
//!
//! let finding = findings.iter().next().expect("the key is wrong");
//! assert_eq!(finding.severity, Severity::Warning);
//! assert_eq!(finding.code, "siren-checksum");
//! assert!(!findings.has_errors(), "the schema sets a pattern, not a key");
//! ```
//!
//! # Severities
//!
//! An *error* is a violation of the official schema (Interop'Fibre `common`, version 2.0.0), and
//! only errors may refuse a request. A *warning* is a reference table, a checksum or another member
//! that disagrees: the schema allows the value. An *info* is a matter of style.
//!
//! # Rules
//!
//! | code | severity | meaning |
//! |---|---|---|
//! | `address-member-type` | error | a declared member of an address is not a string |
//! | `ban-case` | info | the case of a BAN key is unusual |
//! | `ban-format` | warning | neither a BAN key nor a UUID |
//! | `ban-insee-mismatch` | warning | a BAN key of another commune |
//! | `ban-number-mismatch` | warning | a BAN key of another street number |
//! | `ban-rivoli-mismatch` | info | a BAN key of another Rivoli code |
//! | `building-id-format` | warning | starts with `IMB/` without having the form |
//! | `building-id-insee-mismatch` | warning | `IMB/…` of another commune |
//! | `building-id-length` | error | not 1 to 30 characters |
//! | `city-insee-mismatch` | warning | the commune has another name |
//! | `city-postcode-mismatch` | warning | no commune of that postcode has that name |
//! | `city-style` | info | the commune's name has another spelling |
//! | `hexacle-format` | warning | not an INSEE code and 5 digits or upper-case letters |
//! | `hexacle-insee-mismatch` | warning | a hexaclé of another commune |
//! | `hexacle-length` | error | not 10 characters |
//! | `identifier-blank` | warning | an identifier of white space alone |
//! | `insee-format` | warning | not the shape of an INSEE code |
//! | `insee-retired` | warning | the commune has another code today |
//! | `insee-unknown` | warning | no commune has, or had, that code |
//! | `line-control` | warning | a line end, tab or control character in a text of one line |
//! | `operator-code-format` | error | not 4 digits or upper-case letters |
//! | `plot-format` | error | not digits and upper-case letters |
//! | `pm-reference-empty` | warning | an empty reference |
//! | `pm-reference-format` | warning | starts with `FI-` without having the form |
//! | `pm-reference-length` | error | more than 20 characters |
//! | `point-coordinate` | error | a coordinate is missing or not a number |
//! | `point-insee-mismatch` | warning | a point of another territory than the commune |
//! | `point-out-of-bounds` | warning | coordinates outside the projection's land |
//! | `point-outside-france` | warning | degrees outside every French territory |
//! | `point-projection` | error | the type is missing or unknown |
//! | `point-type` | error | not an object |
//! | `postcode-format` | warning | not 5 digits |
//! | `postcode-insee-mismatch` | warning | the commune has other postcodes |
//! | `postcode-unknown` | warning | no commune has that postcode |
//! | `projection-insee-mismatch` | warning | a projection that does not serve the commune |
//! | `projection-mismatch` | warning | coordinates of another projection |
//! | `projection-spelling` | info | `RGF93` for `RFG93` |
//! | `rivoli-alone` | info | a Rivoli code without INSEE code |
//! | `rivoli-format` | warning | not the shape of a Rivoli code |
//! | `rivoli-long` | warning | a whole FANTOIR identifier |
//! | `rivoli-placeholder` | warning | a filler instead of a code |
//! | `siren-checksum` | warning | the Luhn key is wrong |
//! | `siren-format` | error | not 9 digits |
//! | `siren-zero` | warning | nothing but zeros, which pass the checksum |
//! | `siret-checksum` | warning | the Luhn key, or La Poste's sum, is wrong |
//! | `siret-format` | error | not 14 digits |
//! | `siret-siren-mismatch` | warning | an establishment of another company |
//! | `street-name-length` | info | not 3 to 200 characters |
//! | `street-number-empty` | info | an empty number |
//! | `street-number-format` | warning | not digits only |
//! | `street-number-length` | warning | more than 5 digits, and not a group of numbers |
//! | `street-number-zero` | info | 0, "no number was assigned" |
//! | `street-number-zeros` | info | leading zeros |
//! | `street-suffix-alone` | info | a suffix without number |
//! | `street-suffix-empty` | info | an empty suffix |
//! | `street-suffix-format` | warning | not a suffix |
//! | `street-suffix-style` | info | not the one upper-case letter of the IPE |
//! | `swapped-coordinates` | warning | x and y exchanged |

pub mod communes;

mod address;
mod ban;
mod building;
mod company;
mod findings;
mod hexacle;
mod insee;
mod line;
mod operator;
mod point;
mod postcode;
mod projection;
mod rivoli;
mod street;
mod text;

pub(crate) use address::MEMBERS as ADDRESS_MEMBERS;
pub use address::{IdentificationMethods, check_address, check_address_member, identification_methods};
pub use ban::{BanKey, check_ban};
pub use building::{
    BUILDING_ID_MAX, ImbId, PM_REFERENCE_MAX, check_building_id, check_plot, check_pm_reference,
};
pub use company::{check_siren, check_siren_siret, check_siret};
pub use findings::{Finding, Findings, Severity};
pub use hexacle::{check_hexacle, check_hexacle_voie};
pub use insee::{check_insee, is_insee};
pub use line::check_lines;
pub use operator::check_operator_code;
pub use point::check_point;
pub use postcode::check_postcode;
pub use projection::{Bounds, Projection, TERRITORIES, Territory};
pub use rivoli::{check_rivoli, is_rivoli};
pub use street::{check_street_name, check_street_number, check_street_number_suffix};
pub use text::fold_name;

/// Returns the pointer to a member of the object at `at`. No name used here needs escaping.
fn pointer(at: &str, name: &str) -> String {
    format!("{at}/{name}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Returns the findings of a check, as `severity code`.
    pub(super) fn codes(check: impl FnOnce(&mut Findings)) -> Vec<String> {
        let mut out = Findings::new();
        check(&mut out);
        out.iter()
            .map(|finding| {
                let sentence = &finding.message;
                assert!(sentence.ends_with('.'), "not a sentence: {sentence}");
                format!("{:?} {}", finding.severity, finding.code).to_lowercase()
            })
            .collect()
    }

    /// The calls in the sources, and the table above, name the same rules with the same severities.
    #[test]
    fn the_documented_rules_are_the_rules() {
        let documented: BTreeSet<String> = include_str!("mod.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! | `")?.split_once("` | "))
            .filter_map(|(code, rest)| Some(format!("{} {code}", rest.split_once(" | ")?.0)))
            .collect();

        let sources = [
            include_str!("address.rs"),
            include_str!("ban.rs"),
            include_str!("building.rs"),
            include_str!("company.rs"),
            include_str!("hexacle.rs"),
            include_str!("insee.rs"),
            include_str!("line.rs"),
            include_str!("operator.rs"),
            include_str!("point.rs"),
            include_str!("postcode.rs"),
            include_str!("rivoli.rs"),
            include_str!("street.rs"),
        ];
        let mut used = BTreeSet::new();
        for source in sources.map(|source| source.split("#[cfg(test)]").next().unwrap_or_default()) {
            for (call, severity) in [
                ("out.error(", "error"),
                ("out.warning(", "warning"),
                ("out.info(", "info"),
                ("check_embedded(", "warning"),
            ] {
                for arguments in source.split(call).skip(1) {
                    if let Some((code, _)) =
                        arguments.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'))
                    {
                        used.insert(format!("{severity} {code}"));
                    }
                }
            }
        }
        assert_eq!(documented, used);
    }

    /// No check panics on any text.
    #[test]
    fn checks_survive_any_text() {
        let pieces =
            ["", "2A", "IMB/", "FI-", "_", "é", "\u{0}", "09001", "999999999", "/", "😀", "e\u{301}", " "];
        for (left, right) in pieces.iter().flat_map(|left| pieces.iter().map(move |right| (left, right))) {
            let value = format!("{left}{right}{left}");
            let mut out = Findings::new();
            check_insee(&value, "", &mut out);
            check_postcode(&value, "", &mut out);
            check_rivoli(&value, "", &mut out);
            check_hexacle(&value, Some(&value), "", &mut out);
            check_hexacle_voie(&value, Some("09001"), "", &mut out);
            check_ban(&value, Some(&value), "", &mut out);
            check_siren(&value, "", &mut out);
            check_siret(&value, "", &mut out);
            check_building_id(&value, Some(&value), "", &mut out);
            check_pm_reference(&value, "", &mut out);
            check_plot(&value, "", &mut out);
            check_street_name(&value, "", &mut out);
            check_street_number(&value, "", &mut out);
            check_street_number_suffix(&value, "", &mut out);
            check_operator_code(&value, "", &mut out);
            let address = serde_json::json!({
                "code_insee": value, "postcode": value, "city": value, "streetNr": value, "code_ban": value,
            });
            check_address(address.as_object().unwrap(), "", &mut out);
            assert!(out.iter().all(|finding| finding.message.len() < 500));
        }
    }
}
