//! Whole addresses: each member alone, then members against each other.

use serde_json::{Map, Value};

use super::ban::{BanKey, check_ban};
use super::communes::{self, Commune};
use super::findings::Findings;
use super::hexacle::{check_hexacle, check_hexacle_voie};
use super::insee::check_insee;
use super::pointer;
use super::postcode::check_postcode;
use super::rivoli::check_rivoli;
use super::street::{check_street_name, check_street_number, check_street_number_suffix};
use super::text::quote;
use crate::refusal::IdentifierRefusal;

/// The members of an address that the official schema (`GeographicAddress`) declares, all strings.
pub(crate) const MEMBERS: [&str; 15] = [
    "city",
    "country",
    "locality",
    "postcode",
    "stateOrProvince",
    "streetName",
    "streetNr",
    "streetNrSuffix",
    "streetSuffix",
    "streetType",
    "code_insee",
    "code_hexacle",
    "code_hexacle_voie",
    "code_rivoli",
    "code_ban",
];

/// Checks an address and the agreement of its members.
///
/// Every member is optional, and `null` counts as absent. A declared member that is not a string is
/// an error; unknown members are extensions, and are not checked. The postcode and the city are
/// compared with the commune of `code_insee`, or with each other when the commune is unknown. Codes
/// that embed an INSEE code are compared with it. The BAN key is compared with the street number
/// and the Rivoli code.
pub fn check_address(address: &Map<String, Value>, at: &str, out: &mut Findings) {
    for name in MEMBERS {
        if !matches!(address.get(name), None | Some(Value::Null | Value::String(_))) {
            out.error(
                "address-member-type",
                pointer(at, name),
                IdentifierRefusal::AddressMember { member: name },
            );
        }
    }

    let member = |name: &str| address.get(name).and_then(Value::as_str);
    let code_insee = member("code_insee");
    let mut each = |name: &str, check: &dyn Fn(&str, &str, &mut Findings)| {
        if let Some(value) = member(name) {
            check(value, &pointer(at, name), out);
        }
    };
    each("code_insee", &check_insee);
    each("postcode", &check_postcode);
    each("streetName", &check_street_name);
    each("streetNr", &check_street_number);
    each("streetNrSuffix", &check_street_number_suffix);
    each("code_rivoli", &check_rivoli);
    each("code_hexacle", &|value, at, out| check_hexacle(value, code_insee, at, out));
    each("code_hexacle_voie", &|value, at, out| check_hexacle_voie(value, code_insee, at, out));
    each("code_ban", &|value, at, out| check_ban(value, code_insee, at, out));

    check_commune(code_insee, member("postcode"), member("city"), at, out);
    if let Some(key) = member("code_ban").and_then(BanKey::parse) {
        check_ban_key(key, member("streetNr"), member("code_rivoli"), at, out);
    }
    if filled(member("code_rivoli")) && !filled(code_insee) {
        let message = "A Rivoli code means nothing without the INSEE code of its commune.";
        out.info("rivoli-alone", pointer(at, "code_rivoli"), message);
    }
    if filled(member("streetNrSuffix")) && !filled(member("streetNr")) {
        let message = "A street number suffix means nothing without a street number.";
        out.info("street-suffix-alone", pointer(at, "streetNrSuffix"), message);
    }
}

/// Checks one member of an address alone, as in a correction (`issues."building.address.city"`).
pub fn check_address_member(name: &str, value: &str, at: &str, out: &mut Findings) {
    match name {
        "code_insee" => check_insee(value, at, out),
        "postcode" => check_postcode(value, at, out),
        "streetName" => check_street_name(value, at, out),
        "streetNr" => check_street_number(value, at, out),
        "streetNrSuffix" => check_street_number_suffix(value, at, out),
        "code_rivoli" => check_rivoli(value, at, out),
        "code_hexacle" => check_hexacle(value, None, at, out),
        "code_hexacle_voie" => check_hexacle_voie(value, None, at, out),
        "code_ban" => check_ban(value, None, at, out),
        _ => {}
    }
}

/// Compares the postcode and the city with the commune, or with each other. A postcode without a
/// commune is reported by its own check.
fn check_commune(
    code_insee: Option<&str>,
    postcode: Option<&str>,
    city: Option<&str>,
    at: &str,
    out: &mut Findings,
) {
    let postcode = postcode.filter(|postcode| communes::by_postcode(postcode).next().is_some());
    let city = city.filter(|city| !city.trim().is_empty());
    if let Some(commune) = code_insee.and_then(communes::resolve) {
        let Commune { name, insee, .. } = commune;
        if let Some(postcode) = postcode.filter(|postcode| !commune.has_postcode(postcode)) {
            let known: Vec<&str> = commune.postcodes().collect();
            let message = match known.as_slice() {
                [] => format!("{name} ({insee}) has no postcode, {postcode} is of another commune."),
                known => format!("{postcode} is not a postcode of {name} ({insee}): {}.", known.join(", ")),
            };
            out.warning("postcode-insee-mismatch", pointer(at, "postcode"), message);
        }
        if let Some(city) = city.filter(|city| !commune.is_named(city)) {
            let (at, city_shown) = (pointer(at, "city"), quote(city));
            if commune.is_nearly_named(city) {
                out.info(
                    "city-style",
                    at,
                    format!("The commune {insee} is written {name}, not {city_shown}."),
                );
            } else {
                out.warning(
                    "city-insee-mismatch",
                    at,
                    format!("The commune {insee} is {name}, not {city_shown}."),
                );
            }
        }
    } else if let (Some(postcode), Some(city)) = (postcode, city)
        && !communes::by_postcode(postcode)
            .any(|commune| commune.is_named(city) || commune.is_nearly_named(city))
    {
        let message = format!("No commune of postcode {postcode} is named {}.", quote(city));
        out.warning("city-postcode-mismatch", pointer(at, "city"), message);
    }
}

/// Compares a BAN key with the street number and the Rivoli code. FANTOIR and SETIAR may disagree
/// on the latter, so that its finding is an info.
fn check_ban_key(key: BanKey<'_>, number: Option<&str>, rivoli: Option<&str>, at: &str, out: &mut Findings) {
    let at = pointer(at, "code_ban");
    let in_key = if key.number == BanKey::NO_NUMBER { Some(0) } else { key.number.parse::<u32>().ok() };
    let given = number.and_then(|number| number.parse::<u32>().ok());
    if let Some(given) = given.filter(|given| in_key != Some(*given)) {
        let message = format!("The BAN key is of number {}, the address of number {given}.", key.number);
        out.warning("ban-number-mismatch", at.as_str(), message);
    }
    if let (Some(in_key), Some(given)) = (key.rivoli(), rivoli)
        && !in_key.eq_ignore_ascii_case(given)
    {
        let message = format!("The BAN key is of street {in_key}, the Rivoli code is {}.", quote(given));
        out.info("ban-rivoli-mismatch", at, message);
    }
}

/// Identification methods of an address, for the creation of an address that the IPE lacks.
///
/// At least one is expected "whenever possible"; the OI decides whether to require it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IdentificationMethods {
    /// The Rivoli quadruplet: `code_rivoli`, `code_insee`, `streetNr`, and `streetNrSuffix` where
    /// there is one.
    pub rivoli: bool,
    /// The hexaclé of the number: `code_hexacle`.
    pub hexacle: bool,
    /// The BAN identifier: `code_ban`.
    pub ban: bool,
    /// The text: `postcode`, `city`, `streetName`, and `streetType`, `streetNr`, `streetNrSuffix`
    /// where they exist.
    pub text: bool,
}

impl IdentificationMethods {
    /// Returns true when there is at least one.
    #[must_use]
    pub const fn any(self) -> bool {
        self.rivoli || self.hexacle || self.ban || self.text
    }

    /// Returns the number of methods, from 0 to 4.
    #[must_use]
    pub const fn count(self) -> u8 {
        self.rivoli as u8 + self.hexacle as u8 + self.ban as u8 + self.text as u8
    }
}

/// Returns the identification methods of an address. A member counts when it is a non-blank string;
/// its value is not checked here.
#[must_use]
pub fn identification_methods(address: &Map<String, Value>) -> IdentificationMethods {
    let all = |names: &[&str]| names.iter().all(|name| filled(address.get(*name).and_then(Value::as_str)));
    IdentificationMethods {
        rivoli: all(&["code_rivoli", "code_insee", "streetNr"]),
        hexacle: all(&["code_hexacle"]),
        ban: all(&["code_ban"]),
        text: all(&["postcode", "city", "streetName"]),
    }
}

fn filled(value: Option<&str>) -> bool {
    value.is_some_and(|value| !value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::codes;
    use super::*;

    fn object(value: &Value) -> &Map<String, Value> {
        value.as_object().unwrap()
    }

    #[test]
    fn addresses() {
        for (address, expected) in [
            (json!({}), &[][..]),
            (
                json!({
                    "code_insee": "09001", "postcode": "09240", "city": "AIGUES JUNTES",
                    "streetType": "CHEMIN", "streetName": "DU MOULIN", "streetNr": "12", "streetNrSuffix": "B",
                    "code_hexacle": "0900122AB3", "code_hexacle_voie": "0900122AB0", "code_rivoli": "B012",
                    "code_ban": "09001_b012_00012_b",
                }),
                &[],
            ),
            (json!({"code_insee": "75101", "postcode": "75001", "city": "Paris"}), &[]),
            (json!({"code_insee": "75056", "postcode": "75013", "city": "PARIS 13"}), &[]),
            (
                json!({"code_insee": "20004", "postcode": "20000", "city": "Ajaccio"}),
                &["warning insee-retired"],
            ),
            (json!({"code_insee": null, "city": null, "code_hexacle": null}), &[]),
            (json!({"extension": {"any": 1}}), &[]),
            (
                json!({"code_insee": 9001, "streetNr": 12, "country": ["FR"]}),
                &["error address-member-type", "error address-member-type", "error address-member-type"],
            ),
            (json!({"code_insee": "09001", "postcode": "09000"}), &["warning postcode-insee-mismatch"]),
            (json!({"code_insee": "98412", "postcode": "97400"}), &["warning postcode-insee-mismatch"]),
            (json!({"code_insee": "75101", "postcode": "75002"}), &["warning postcode-insee-mismatch"]),
            (json!({"code_insee": "09001", "postcode": "99999"}), &["warning postcode-unknown"]),
            (json!({"code_insee": "09001", "city": "Foix"}), &["warning city-insee-mismatch"]),
            (json!({"code_insee": "12083", "city": "Cransac"}), &["info city-style"]),
            (json!({"postcode": "09000", "city": "Foix"}), &[]),
            (json!({"postcode": "09240", "city": "Foix"}), &["warning city-postcode-mismatch"]),
            (json!({"city": "Nowhere"}), &[]),
            (
                json!({"code_insee": "99999", "postcode": "09240", "city": "Foix"}),
                &["warning insee-unknown", "warning city-postcode-mismatch"],
            ),
            (
                json!({"code_insee": "09122", "code_hexacle": "0900122AB3", "code_ban": "09001_0010_00012"}),
                &["warning hexacle-insee-mismatch", "warning ban-insee-mismatch"],
            ),
            (json!({"code_ban": "09001_0010_00012", "streetNr": "14"}), &["warning ban-number-mismatch"]),
            (json!({"code_ban": "09001_0010_99999", "streetNr": "0"}), &["info street-number-zero"]),
            (json!({"code_ban": "09001_0010_99999", "streetNr": "1"}), &["warning ban-number-mismatch"]),
            (
                json!({"code_insee": "09001", "code_ban": "09001_b012_00012", "code_rivoli": "B013"}),
                &["info ban-rivoli-mismatch"],
            ),
            (json!({"code_rivoli": "B013"}), &["info rivoli-alone"]),
            (json!({"streetNrSuffix": "B"}), &["info street-suffix-alone"]),
            (json!({"code_hexacle": "short"}), &["error hexacle-length"]),
        ] {
            assert_eq!(codes(|out| check_address(object(&address), "/a", out)), expected, "{address}");
        }
    }

    #[test]
    fn findings_point_at_the_member() {
        let address = json!({"code_insee": "09001", "postcode": "09000", "city": "Foix", "streetNr": 1});
        let mut out = Findings::new();
        check_address(object(&address), "/building/address", &mut out);
        let pointers: Vec<&str> = out.iter().map(|finding| finding.pointer.as_str()).collect();
        let expected = ["/building/address/streetNr", "/building/address/postcode", "/building/address/city"];
        assert_eq!(pointers, expected);
        assert_eq!(
            out.of(super::super::Severity::Warning).next().unwrap().message,
            "09000 is not a postcode of Aigues-Juntes (09001): 09240."
        );
    }

    #[test]
    fn methods_are_counted() {
        let none = IdentificationMethods::default();
        for (address, expected) in [
            (json!({}), none),
            (json!({"code_insee": "09001", "streetNr": "1"}), none),
            (json!({"code_hexacle": " ", "code_ban": 1}), none),
            (
                json!({"code_insee": "09001", "streetNr": "1", "code_rivoli": "0010"}),
                IdentificationMethods { rivoli: true, ..none },
            ),
            (json!({"code_hexacle": "x"}), IdentificationMethods { hexacle: true, ..none }),
            (json!({"code_ban": "x"}), IdentificationMethods { ban: true, ..none }),
            (
                json!({"postcode": "09240", "city": "Aigues-Juntes", "streetName": "du Moulin"}),
                IdentificationMethods { text: true, ..none },
            ),
        ] {
            let methods = identification_methods(object(&address));
            assert_eq!(methods, expected, "{address}");
            assert_eq!(methods.any(), methods.count() > 0);
        }
    }
}
