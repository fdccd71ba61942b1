//! Parties generated from a seed: organizations, and the individuals of the two operators.

use anyhow::Result;
use epissure_app::App;
use epissure_app::directory::import::{self, Became};
use epissure_protocol::identifiers::{Findings, check_siren};
use epissure_protocol::json::Object;
use epissure_protocol::names::OperatorCode;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use uuid::Builder;

use super::Progress;
use super::people::{OC, OI, code};

/// Numbers of parties.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sizes {
    pub(crate) organizations: u64,
    pub(crate) individuals: u64,
}

impl Sizes {
    pub(super) fn is_empty(self) -> bool {
        self.organizations + self.individuals == 0
    }
}

/// Number of parties in a batch.
const TOGETHER: usize = 2000;
/// One individual in this many belongs to the OI; the rest belong to the OC.
const OF_THE_OI: u64 = 10;

const SYLLABLES: &[&str] = &[
    "bal", "cor", "dal", "den", "far", "gri", "lan", "lou", "mar", "mer", "mon", "nel", "pal", "pré", "ric",
    "sol", "tal", "tré", "van", "vil",
];
const ENDS: &[&str] = &["ais", "and", "eau", "er", "et", "ier", "in", "ol", "on", "ot", "ov", "y"];
const GIVEN_NAMES: &[&str] = &[
    "Adèle", "Alain", "Anne", "Bruno", "Cécile", "Chloé", "Denis", "Élise", "Éric", "Fatou", "Gaël", "Hugo",
    "Inès", "Jack", "Jeanne", "Karim", "Léa", "Louis", "Lucie", "Malik", "Marie", "Nadia", "Noé", "Olivier",
    "Paul", "Rose", "Samir", "Sophie", "Théo", "Yann",
];
const ACTIVITIES: &[&str] =
    &["Ateliers", "Boulangerie", "Cabinet", "Clinique", "Garage", "Imprimerie", "Menuiserie", "Transports"];
/// Categories, with their frequency per thousand.
const CATEGORIES: &[(&str, u32)] = &[
    ("operatorInterlocutor", 250),
    ("technicalInterlocutor", 350),
    ("commercialInterlocutor", 250),
    ("billingInterlocutor", 149),
    ("crisisInterlocutor", 1),
];

/// Parties in the order of insertion: organizations first.
struct Documents {
    random: StdRng,
    number: u64,
    sizes: Sizes,
}

impl Documents {
    fn next(&mut self) -> Option<Value> {
        let number = self.number;
        self.number += 1;
        if number < self.sizes.organizations {
            Some(organization(number, &mut self.random))
        } else if number < self.sizes.organizations + self.sizes.individuals {
            Some(individual(&mut self.random))
        } else {
            None
        }
    }
}

fn organization(number: u64, random: &mut StdRng) -> Value {
    let (name, activity) = (word(random, 3), pick(random, ACTIVITIES));
    json!({
        "@type": "Organization",
        "id": uuid(random),
        "name": format!("{activity} {name}"),
        "tradingName": name,
        "isHeadOffice": random.random_ratio(7, 10),
        "isLegalEntity": true,
        "nameType": pick(random, &["SA", "SAS", "SARL", "EURL"]),
        "organizationType": pick(random, &["COMPANY", "COMPANY", "COMPANY", "DEPARTMENT", "UNKNOWN"]),
        "organizationIdentification": [
            {"identificationType": "siren", "identificationId": siren(number)},
            {"identificationType": "rceId", "identificationId": format!("R{number:07}")},
        ],
    })
}

fn individual(random: &mut StdRng) -> Value {
    let (given, family) = (pick(random, GIVEN_NAMES), word(random, 2));
    let mut chance = random.random_range(0..1000);
    let category = CATEGORIES.iter().find(|(_, share)| {
        let found = chance < *share;
        chance = chance.saturating_sub(*share);
        found
    });
    json!({
        "@type": "Individual",
        "id": uuid(random),
        "familyName": family,
        "givenName": given,
        "gender": pick(random, &["FEMALE", "MALE"]),
        "contactMedium": [
            {
                "mediumType": "PHONE",
                "preferred": true,
                "characteristic": {
                    "contactType": "MOBILE_OFFICE",
                    "phoneNumber": format!("063998{:04}", random.random_range(0..10_000)),
                }
            },
            {
                "mediumType": "MAIL",
                "preferred": false,
                "characteristic": {
                    "contactType": "OTHER",
                    "emailAddress": format!("{given}.{family}@foo.example").to_lowercase(),
                }
            },
        ],
        "partyCharacteristic": [
            {"name": "Category", "valueType": "STRING", "value": category.map(|(name, _)| *name)}
        ],
    })
}

/// Returns an invented name: syllables and an ending.
fn word(random: &mut StdRng, syllables: usize) -> String {
    let mut name: String = (0..syllables).map(|_| pick(random, SYLLABLES)).collect();
    name.push_str(pick(random, ENDS));
    let head = name.chars().next().map(char::to_uppercase);
    head.into_iter().flatten().chain(name.chars().skip(1)).collect()
}

/// Returns a SIREN with its check digit, from the end of the range, which is not assigned.
fn siren(number: u64) -> String {
    let eight = 99_999_999 - number.min(89_999_999);
    let sound = |siren: &String| {
        let mut findings = Findings::new();
        check_siren(siren, "", &mut findings);
        findings.iter().next().is_none()
    };
    (0..10).map(|key| format!("{eight}{key}")).find(sound).unwrap_or_default()
}

fn uuid(random: &mut StdRng) -> String {
    Builder::from_random_bytes(random.random()).into_uuid().to_string()
}

fn pick(random: &mut StdRng, from: &[&'static str]) -> &'static str {
    from.choose(random).copied().unwrap_or_default()
}

/// Imports the parties as `epissure party import` does, in larger batches.
pub(super) async fn write(app: &App, sizes: Sizes, seed: u64) -> Result<()> {
    let (oi, oc) = (code(OI)?, code(OC)?);
    let mut documents = Documents { random: StdRng::seed_from_u64(seed), number: 0, sizes };
    let progress = Progress::new(sizes.organizations + sizes.individuals, "parties");
    let mut pieces = 0;
    loop {
        let piece: Vec<Object> = std::iter::from_fn(|| documents.next())
            .filter_map(|document| match document {
                Value::Object(document) => Some(document),
                _ => None,
            })
            .take(TOGETHER)
            .collect();
        if piece.is_empty() {
            break;
        }
        let owner: &OperatorCode = if pieces % OF_THE_OI == 0 { &oi } else { &oc };
        pieces += 1;
        for outcome in import::import(app, Some(owner), &piece, &super::people::author()).await? {
            if let Became::Refused(reasons) = outcome.became {
                anyhow::bail!("a party is refused: {}", reasons.join("; "));
            }
            progress.step();
        }
    }
    progress.end();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_siren_of_its_own() {
        assert_eq!(siren(0).len(), 9);
        assert_ne!(siren(0), siren(1));
        assert_eq!(siren(9_999_999).len(), 9);
        assert!(siren(99_999).starts_with("999"));
    }
}
