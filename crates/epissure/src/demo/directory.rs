//! The directory of the demo: invented companies, and invented people of its operators, the same at
//! each run.
//!
//! Names are random combinations, and numbers are from series that are never assigned. SIRENs begin
//! with 999, telephone numbers are those that ARCEP reserves for works of fiction, and addresses
//! end in `.example` (RFC 2606).

use epissure_app::App;
use epissure_app::directory::import::{self, Became, Outcome};
use epissure_protocol::json::Object;
use epissure_protocol::names::OperatorCode;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use uuid::Builder;

use super::people::{self, OPERATORS, siren};
use super::places::Place;
use crate::failure::Failure;
use crate::store;

/// Seed of all random choices.
const SEED: u64 = 0x0d1c_e701;
const COMPANIES: usize = 1500;
/// One company in this many has an agency in another place.
const WITH_AGENCY: usize = 6;
/// Number of individuals of each operator.
const PEOPLE: usize = 250;

/// Categories of individuals, with their frequency in percent. The first is the one that orders
/// require (the Party page).
const CATEGORIES: &[(&str, u32)] = &[
    ("operatorInterlocutor", 20),
    ("technicalInterlocutor", 30),
    ("commercialInterlocutor", 20),
    ("billingInterlocutor", 15),
    ("siteInterlocutor", 10),
    ("crisisInterlocutor", 5),
];

const ACTIVITIES: &[&str] = &[
    "Ateliers",
    "Boulangerie",
    "Brasserie",
    "Cabinet",
    "Charpentes",
    "Clinique",
    "Domaine",
    "Éditions",
    "Garage",
    "Imprimerie",
    "Librairie",
    "Menuiserie",
    "Pépinières",
    "Serrurerie",
    "Transports",
    "Vergers",
];
const BEGINNINGS: &[&str] = &[
    "Alvi", "Bresse", "Cadro", "Dormé", "Évra", "Fontre", "Galvi", "Hestre", "Ivra", "Jolba", "Lanvi",
    "Merlu", "Norvé", "Orva", "Palvi", "Quéri", "Rostre", "Sélvi", "Tarvé", "Vindo",
];
const MIDDLES: &[&str] = &["", "ba", "da", "lo", "mi", "na", "ri", "ta"];
const ENDS: &[&str] = &["belle", "drac", "line", "lisse", "mande", "nac", "rande", "sol", "tienne", "vais"];
const FORMS: &[&str] = &["SA", "SAS", "SARL", "EURL", "SCOP"];

const GIVEN_NAMES: &[(&str, &str)] = &[
    ("Adèle", "FEMALE"),
    ("Anaïs", "FEMALE"),
    ("Baptiste", "MALE"),
    ("Chloé", "FEMALE"),
    ("Driss", "MALE"),
    ("Élise", "FEMALE"),
    ("Fatou", "FEMALE"),
    ("Gaël", "MALE"),
    ("Hugo", "MALE"),
    ("Inès", "FEMALE"),
    ("Jeanne", "FEMALE"),
    ("Karim", "MALE"),
    ("Léon", "MALE"),
    ("Maëlle", "FEMALE"),
    ("Noé", "MALE"),
    ("Olivier", "MALE"),
    ("Rose", "FEMALE"),
    ("Samir", "MALE"),
    ("Théo", "MALE"),
    ("Yasmine", "FEMALE"),
];

/// Creates the directory. Returns the numbers of organizations and individuals, without the
/// operators.
pub(super) async fn seed(app: &App) -> Result<(usize, usize), Failure> {
    let mut random = StdRng::seed_from_u64(SEED);
    let companies = organizations(&mut random);
    write(app, None, &companies).await?;
    for operator in OPERATORS {
        let people = individuals(operator.code, &mut random);
        write(app, Some(&people::code(operator.code)?), &people).await?;
    }
    Ok((companies.len(), OPERATORS.len() * PEOPLE))
}

async fn write(app: &App, owner: Option<&OperatorCode>, documents: &[Object]) -> Result<(), Failure> {
    let failed = |why: &str| Failure::failed(format!("the directory of the demo could not be made: {why}"));
    let outcomes = import::import(app, owner, documents, &store::author(app))
        .await
        .map_err(|error| failed(&error.to_string()))?;
    match outcomes.into_iter().find_map(|Outcome { became, .. }| match became {
        Became::Refused(reasons) => Some(reasons.join("; ")),
        _ => None,
    }) {
        Some(reasons) => Err(failed(&reasons)),
        None => Ok(()),
    }
}

fn organizations(random: &mut StdRng) -> Vec<Object> {
    let mut documents = Vec::new();
    for number in 0..COMPANIES {
        let coined = coined(random);
        let name = format!("{} {coined}", pick(random, ACTIVITIES));
        let id = Builder::from_random_bytes(random.random()).into_uuid().to_string();
        documents.extend(object(json!({
            "@type": "Organization",
            "id": id,
            "name": name,
            "tradingName": coined,
            "isHeadOffice": true,
            "isLegalEntity": true,
            "nameType": pick(random, FORMS),
            "organizationType": if random.random_ratio(1, 20) { "UNKNOWN" } else { "COMPANY" },
            "organizationIdentification": [
                {"identificationType": "siren", "identificationId": siren(&format!("9992{number:04}"))},
                {"identificationType": "rceId", "identificationId": format!("RCE{number:06}")},
            ],
        })));
        if number % WITH_AGENCY == 0 {
            // An agency has no identification of its own, and is identified by its source.
            documents.extend(object(json!({
                "@type": "Organization",
                "externalReference": [{"externalReferenceType": "demo", "name": format!("agency-{number}")}],
                "name": format!("{name}, agence de {}", Place::pick(random).city),
                "tradingName": coined,
                "isHeadOffice": false,
                "isLegalEntity": false,
                "organizationType": "DEPARTMENT",
                "organizationParentRelationship": {
                    "relationshipType": "agency",
                    "organization": {"id": id, "name": name, "@referredType": "Organization"},
                },
            })));
        }
    }
    documents
}

fn individuals(operator: &str, random: &mut StdRng) -> Vec<Object> {
    let mut documents = Vec::with_capacity(PEOPLE);
    for number in 0..PEOPLE {
        let (given_name, gender) = GIVEN_NAMES[random.random_range(0..GIVEN_NAMES.len())];
        let family_name = coined(random);
        let mailbox = format!("{given_name}.{family_name}@{operator}.example").to_lowercase();
        let mut media = vec![
            medium("PHONE", "MOBILE_OFFICE", json!({"phoneNumber": mobile(random)})),
            medium("MAIL", "OTHER", json!({"emailAddress": mailbox})),
        ];
        if random.random_ratio(1, 3) {
            let place = Place::pick(random);
            let street = format!("{} {} {}", place.number, place.street_type, place.street);
            let address = json!({"street1": street, "postCode": place.postcode, "city": place.city});
            media.push(medium("ADDRESS", "OTHER", address));
        }
        media[0]["preferred"] = true.into();
        documents.extend(object(json!({
            "@type": "Individual",
            "externalReference": [{"externalReferenceType": "demo", "name": format!("person-{number}")}],
            "familyName": family_name,
            "fullName": format!("{given_name} {family_name}"),
            "gender": gender,
            "givenName": given_name,
            "contactMedium": media,
            "partyCharacteristic": [
                {"name": "Category", "valueType": "STRING", "value": category(number, random)},
            ],
        })));
    }
    documents
}

fn medium(kind: &str, contact: &str, characteristic: Value) -> Value {
    let mut medium = json!({"mediumType": kind, "preferred": false, "characteristic": characteristic});
    medium["characteristic"]["contactType"] = contact.into();
    medium
}

/// Returns a mobile number that ARCEP reserves for works of fiction.
fn mobile(random: &mut StdRng) -> String {
    format!("063998{:04}", random.random_range(0..10_000))
}

/// Returns a category: each one once, then by frequency.
fn category(number: usize, random: &mut StdRng) -> &'static str {
    if let Some((category, _)) = CATEGORIES.get(number) {
        return category;
    }
    let mut left = random.random_range(0..CATEGORIES.iter().map(|(_, share)| share).sum());
    for (category, share) in CATEGORIES {
        if left < *share {
            return category;
        }
        left -= share;
    }
    CATEGORIES[0].0
}

/// Returns an invented name.
fn coined(random: &mut StdRng) -> String {
    [BEGINNINGS, MIDDLES, ENDS].map(|pieces| pick(random, pieces)).concat()
}

fn pick(random: &mut StdRng, from: &[&'static str]) -> &'static str {
    from[random.random_range(0..from.len())]
}

fn object(value: Value) -> Option<Object> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use epissure_protocol::party::{Individual, Organization};

    use super::*;

    #[test]
    fn every_organization_is_sound_and_has_a_siren_of_its_own() {
        let documents = organizations(&mut StdRng::seed_from_u64(SEED));
        let mut sirens = BTreeSet::new();
        for document in &documents {
            let read = Organization::import(document).expect("no fault");
            assert!(read.warnings.is_empty(), "{:?}", read.warnings);
            let own = read.party.identifications().filter(|(kind, _)| *kind == "siren");
            sirens.extend(own.map(|(_, siren)| siren.to_owned()));
        }
        assert_eq!((sirens.len(), documents.len()), (1500, 1750));
    }

    #[test]
    fn every_operator_has_sound_people_of_every_category() {
        let mut random = StdRng::seed_from_u64(SEED);
        for operator in OPERATORS {
            let people = individuals(operator.code, &mut random);
            let mut categories = BTreeSet::new();
            for document in &people {
                let read = Individual::import(document).expect("no fault");
                assert!(read.warnings.is_empty());
                categories.insert(document["partyCharacteristic"][0]["value"].to_string());
            }
            assert_eq!((people.len(), categories.len()), (PEOPLE, CATEGORIES.len()));
        }
    }

    #[test]
    fn a_directory_is_the_same_at_each_run() {
        let of_seed = || organizations(&mut StdRng::seed_from_u64(SEED));
        assert_eq!(of_seed(), of_seed());
    }
}
