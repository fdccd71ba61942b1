//! Contract of a backend: imported parties.

use epissure_filter::{Options, Plan, Query};
use epissure_protocol::names::OrganizationId;
use epissure_protocol::party::ORGANIZATION_LIST;
use serde_json::{Value, json};
use uuid::Uuid;

use super::party_contract::{add, code, count, dalton, ftel, individual_id, mail, new, object, version};
use super::samples::author;
use crate::{
    ImportItem, Imported, ImportedIndividual, ImportedOrganization, ORGANIZATION_CATALOG, PartyListRequest,
    Refusal, Store,
};

/// Runs every test of imports.
pub(super) async fn run(store: &dyn Store) {
    organizations_are_found_by_each_of_their_identifications(store).await;
    an_import_done_again_changes_nothing(store).await;
    an_import_recognises_organizations(store).await;
    an_import_leaves_other_operators_individuals(store).await;
}

fn organization_id(number: u128) -> OrganizationId {
    OrganizationId(Uuid::from_u128(number))
}

fn organization(number: u128, identifications: &[(&str, &str)]) -> ImportedOrganization {
    let identifications: Vec<Value> = identifications
        .iter()
        .map(|(kind, id)| json!({"identificationType": kind, "identificationId": id}))
        .collect();
    let document = json!({
        "name": format!("Organization {number}"),
        "organizationType": "COMPANY",
        "organizationIdentification": identifications,
    });
    ImportedOrganization {
        id: None,
        fresh: organization_id(number),
        document: object(document),
        version: version(number),
    }
}

async fn import(store: &dyn Store, organizations: &[ImportedOrganization]) -> Vec<Imported> {
    let batch = organizations.iter().cloned().map(ImportItem::Organization).collect();
    store.import(batch, &author()).await.expect("imported")
}

async fn organizations_are_found_by_each_of_their_identifications(store: &dyn Store) {
    let new = organization(60, &[("siren", "600000060"), ("codeArcepRip", "OR60"), ("rceId", "R60")]);
    assert_eq!(import(store, &[new]).await, [Imported::Added]);
    let found = store.organization(organization_id(60)).await.expect("read").expect("there");
    assert_eq!((found.id, found.version), (organization_id(60), version(60)));
    assert_eq!(store.organization_of(&code("OR60")).await.expect("read"), Some(found));
    assert_eq!(store.organization_of(&code("OR61")).await.expect("read"), None);
    assert_eq!(store.organization(organization_id(61)).await.expect("read"), None);
    for (kind, value, expected) in [
        ("siren", "=600000060", 1),
        ("siren", "*=*00006*", 1),
        ("siren", "=R60", 0),
        ("codeArcepRip", "=OR60", 1),
        ("rceId", "=R60", 1),
        ("rceId", "=r60", 0),
        ("trigramRip", "=R60", 0),
    ] {
        let raw = format!(
            "organizationIdentification.identificationType={kind}&organizationIdentification.identificationId{value}"
        );
        let query = Query::parse_closed(&raw, &ORGANIZATION_LIST, &Options::default()).expect("a query");
        let plan = Plan::new(&query, &ORGANIZATION_CATALOG);
        let request = PartyListRequest { plan: plan.clone(), offset: 0, limit: 10 };
        let page = store.list_organizations(request).await.expect("listed");
        assert_eq!(store.count_organizations(plan).await.expect("counted"), expected, "{raw}");
        assert_eq!(page.parties.len() as u64, expected, "{raw}");
    }
}

async fn an_import_done_again_changes_nothing(store: &dyn Store) {
    let individual = |id: Option<u128>, fresh: u128| {
        ImportItem::Individual(ImportedIndividual {
            id: id.map(individual_id),
            fresh: individual_id(fresh),
            operator: ftel(),
            document: dalton("Imported"),
            contact_medium: Some(mail("imported@foo.com")),
            version: version(fresh),
        })
    };
    let batch = |fresh: u128| {
        let named = ImportedOrganization {
            id: Some(organization_id(70)),
            ..organization(70, &[("trigramRip", "O70")])
        };
        let known =
            ImportedOrganization { fresh: organization_id(fresh), ..organization(71, &[("rceId", "R71")]) };
        vec![
            ImportItem::Organization(named),
            ImportItem::Organization(known),
            individual(Some(72), fresh + 1),
        ]
    };
    let all = |outcome: Imported| vec![outcome; 3];
    assert_eq!(store.import(batch(7_000), &author()).await.expect("imported"), all(Imported::Added));
    assert_eq!(store.import(batch(7_100), &author()).await.expect("imported"), all(Imported::Unchanged));
    assert!(store.organization(organization_id(7_000)).await.expect("read").is_some());
    assert!(store.organization(organization_id(7_100)).await.expect("read").is_none());
    let read = store.individual(individual_id(72), &ftel(), true).await.expect("read").expect("there");
    assert_eq!(read.version, version(7_001), "what has not changed keeps its version");
    assert_eq!(count(store, &ftel(), "givenName=Imported").await, 1);

    let mut changed = batch(7_200);
    for item in &mut changed {
        let document = match item {
            ImportItem::Organization(organization) => &mut organization.document,
            ImportItem::Individual(individual) => &mut individual.document,
        };
        document.insert("nickname".to_owned(), json!("another"));
    }
    assert_eq!(store.import(changed, &author()).await.expect("imported"), all(Imported::Updated));
    let read = store.individual(individual_id(72), &ftel(), true).await.expect("read").expect("there");
    assert_eq!(read.version, version(7_201));
    // Without an identifier, two individuals of the same name are distinct.
    assert_eq!(
        store.import(vec![individual(None, 7_300)], &author()).await.expect("imported"),
        [Imported::Added]
    );
    assert_eq!(count(store, &ftel(), "givenName=Imported").await, 2);
}

async fn an_import_recognises_organizations(store: &dyn Store) {
    let first = organization(80, &[("siren", "800000080"), ("rceId", "R80")]);
    let second = organization(81, &[("siren", "810000081"), ("codeArcepRip", "OR81")]);
    assert_eq!(import(store, &[first, second]).await, [Imported::Added, Imported::Added]);

    // Any of its identifications matches it. It keeps its identifier, and receives the new
    // identifications.
    let moved = organization(82, &[("rceId", "R80"), ("trigramRip", "O80"), ("unknown", "800000080")]);
    assert_eq!(import(store, &[moved]).await, [Imported::Updated]);
    let read = store.organization(organization_id(80)).await.expect("read").expect("there");
    assert_eq!(read.version, version(82));
    assert!(store.organization(organization_id(82)).await.expect("read").is_none());
    let again = organization(83, &[("siren", "800000080")]);
    assert_eq!(import(store, &[again]).await, [Imported::Added], "it no longer has that siren");

    // The identifier has precedence. Without a known one, matching several organizations is an
    // error.
    let both = organization(84, &[("rceId", "R80"), ("siren", "810000081")]);
    let ambiguous = Refusal::Ambiguous(vec![organization_id(81), organization_id(80)]);
    assert_eq!(import(store, std::slice::from_ref(&both)).await, [Imported::Refused(ambiguous)]);
    let named = ImportedOrganization { id: Some(organization_id(80)), ..both };
    assert_eq!(import(store, &[named]).await, [Imported::Updated]);
    let alone = [
        ImportedOrganization { id: Some(organization_id(85)), ..organization(86, &[]) },
        organization(87, &[]),
    ];
    assert_eq!(import(store, &alone).await, [Imported::Added, Imported::Added]);
    for (number, there) in [(85, true), (86, false), (87, true)] {
        let read = store.organization(organization_id(number)).await.expect("read");
        assert_eq!(read.is_some(), there, "{number}");
    }
}

async fn an_import_leaves_other_operators_individuals(store: &dyn Store) {
    add(store, new(90, &ftel(), dalton("Bob"))).await;
    let theirs = ImportItem::Individual(ImportedIndividual {
        id: Some(individual_id(90)),
        fresh: individual_id(91),
        operator: code("SFRA"),
        document: dalton("Stolen"),
        contact_medium: None,
        version: version(91),
    });
    let fine = ImportItem::Organization(organization(92, &[("rceId", "R92")]));
    assert_eq!(
        store.import(vec![theirs, fine], &author()).await.expect("imported"),
        [Imported::Refused(Refusal::AnothersIndividual), Imported::Added]
    );
    let read = store.individual(individual_id(90), &ftel(), false).await.expect("read").expect("there");
    assert_eq!(read.version, version(90));
    assert_eq!(count(store, &code("SFRA"), "").await, 0);
}
