//! What a backend promises of parties, write by write.

use epissure_filter::{ClosedList, Options, Plan, Query};
use epissure_protocol::json::Object;
use epissure_protocol::names::{IndividualId, OperatorCode, OrganizationId, Version};
use epissure_protocol::party::{INDIVIDUAL_LIST, ORGANIZATION_LIST};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::samples;
use crate::{
    ClientId, INDIVIDUAL_CATALOG, Idempotency, ImportItem, Imported, ImportedIndividual,
    ImportedOrganization, IndividualChange, NewIndividual, NewTicket, ORGANIZATION_CATALOG, Opened,
    PartyCatalog, PartyListRequest, Refusal, Registered, Replaced, Store, StoredIndividual,
};

/// Every promise, on a store that is new.
///
/// # Panics
/// When one is broken.
pub async fn run(store: &dyn Store) {
    a_change_happens_once_per_version(store).await;
    what_is_anothers_is_not_there(store).await;
    contact_medium_is_read_when_it_is_asked_for(store).await;
    what_is_searched_follows_the_individual(store).await;
    a_repeated_key_adds_once(store).await;
    a_deleted_individual_and_its_answer_are_gone(store).await;
    organizations_are_found_by_each_of_their_identifications(store).await;
    an_import_done_again_changes_nothing(store).await;
    an_import_recognises_organizations(store).await;
    an_import_leaves_other_operators_individuals(store).await;
    pages_meet_each_individual_once_while_others_come_in(store).await;
}

fn code(text: &str) -> OperatorCode {
    OperatorCode::parse(text).expect("an operator code")
}

fn ftel() -> OperatorCode {
    code("FTEL")
}

fn individual_id(number: u128) -> IndividualId {
    IndividualId(Uuid::from_u128(number))
}

fn organization_id(number: u128) -> OrganizationId {
    OrganizationId(Uuid::from_u128(number))
}

fn version(number: u128) -> Version {
    Version(Uuid::from_u128(number))
}

fn object(value: Value) -> Object {
    let Value::Object(object) = value else { panic!("an object: {value}") };
    object
}

fn dalton(given_name: &str) -> Object {
    object(json!({
        "familyName": "Dalton",
        "givenName": given_name,
        "fullName": format!("{given_name} Dalton"),
        "gender": "MALE",
        "partyCharacteristic": [
            {"name": "Category", "valueType": "STRING", "value": "operatorInterlocutor"},
        ],
    }))
}

fn mail(address: &str) -> Value {
    json!([{
        "mediumType": "MAIL",
        "preferred": true,
        "characteristic": {"contactType": "OTHER", "emailAddress": address},
    }])
}

/// A new individual, its version numbered as itself.
fn new(number: u128, operator: &OperatorCode, document: Object) -> NewIndividual {
    NewIndividual {
        id: individual_id(number),
        operator: operator.clone(),
        document,
        contact_medium: None,
        version: version(number),
        at: samples::now(),
        idempotency: None,
    }
}

async fn add(store: &dyn Store, new: NewIndividual) {
    assert_eq!(store.add_individual(new).await.expect("added"), Registered::Added);
}

fn plan(raw: &str, list: &'static ClosedList, catalog: &PartyCatalog) -> Plan {
    Plan::new(&Query::parse_closed(raw, list, &Options::default()).expect("a query"), catalog)
}

fn individuals(raw: &str) -> Plan {
    plan(raw, &INDIVIDUAL_LIST, &INDIVIDUAL_CATALOG)
}

async fn count(store: &dyn Store, operator: &OperatorCode, raw: &str) -> u64 {
    store.count_individuals(operator, individuals(raw)).await.expect("counted")
}

async fn list(store: &dyn Store, operator: &OperatorCode, raw: &str) -> Vec<StoredIndividual> {
    let request = PartyListRequest { plan: individuals(raw), offset: 0, limit: 100 };
    let page = store.list_individuals(operator, request, false).await.expect("listed");
    assert_eq!(page.total, page.parties.len() as u64);
    page.parties
}

async fn a_change_happens_once_per_version(store: &dyn Store) {
    add(store, new(1, &ftel(), dalton("Joe"))).await;
    let change = |id, expected| IndividualChange {
        id: individual_id(id),
        operator: ftel(),
        document: dalton("Jack"),
        contact_medium: Some(mail("jack@foo.com")),
        version: version(1_000),
        expected: version(expected),
    };
    assert_eq!(store.change_individual(change(1, 1)).await.expect("written"), Replaced::Done);
    assert_eq!(store.change_individual(change(1, 1)).await.expect("refused"), Replaced::Stale);
    assert_eq!(store.change_individual(change(2, 1)).await.expect("refused"), Replaced::Missing);
    let read = store.individual(individual_id(1), &ftel(), true).await.expect("read").expect("there");
    assert_eq!(read.id, individual_id(1));
    assert_eq!(read.version, version(1_000));
    let document: Object = serde_json::from_str(&read.document).expect("a document");
    assert_eq!(document, dalton("Jack"));
    let contact_medium: Value = serde_json::from_str(&read.contact_medium.expect("one")).expect("JSON");
    assert_eq!(contact_medium, mail("jack@foo.com"));
}

async fn what_is_anothers_is_not_there(store: &dyn Store) {
    add(store, new(10, &ftel(), dalton("William"))).await;
    let by_name = "fullName=William%20Dalton";
    assert_eq!(list(store, &ftel(), by_name).await.len(), 1);
    for stranger in ["FTEK", "FTEM", "SFRA", "0000", "ZZZZ"].map(code) {
        assert!(store.individual(individual_id(10), &stranger, true).await.expect("read").is_none());
        for raw in [
            "",
            by_name,
            "fullName*=*lia*",
            "fullName*=*i*",
            "familyName*=dalt*",
            "gender=MALE",
            "partyCharacteristic.name=Category&partyCharacteristic.value=operatorInterlocutor",
        ] {
            assert_eq!(count(store, &stranger, raw).await, 0, "{raw}");
            assert!(list(store, &stranger, raw).await.is_empty(), "{raw}");
        }
        let change = IndividualChange {
            id: individual_id(10),
            operator: stranger.clone(),
            document: dalton("Nobody"),
            contact_medium: None,
            version: version(1_010),
            expected: version(10),
        };
        assert_eq!(store.change_individual(change).await.expect("refused"), Replaced::Missing);
        for expected in [None, Some(version(10))] {
            let deleted = store.delete_individual(individual_id(10), &stranger, expected).await;
            assert_eq!(deleted.expect("refused"), Replaced::Missing);
        }
    }
    assert_eq!(list(store, &ftel(), by_name).await[0].version, version(10));
}

async fn contact_medium_is_read_when_it_is_asked_for(store: &dyn Store) {
    let with = NewIndividual {
        contact_medium: Some(mail("averell@foo.com")),
        ..new(20, &ftel(), dalton("Averell"))
    };
    add(store, with).await;
    for (asked, expected) in [(false, None), (true, Some(mail("averell@foo.com")))] {
        let read = store.individual(individual_id(20), &ftel(), asked).await.expect("read").expect("there");
        let request =
            PartyListRequest { plan: individuals("fullName=Averell%20Dalton"), offset: 0, limit: 2 };
        let page = store.list_individuals(&ftel(), request, asked).await.expect("listed");
        for found in [&read, &page.parties[0]] {
            assert!(!found.document.contains("averell@"));
            let medium = found.contact_medium.as_deref().map(serde_json::from_str::<Value>);
            assert_eq!(medium.transpose().expect("JSON"), expected);
        }
    }
}

async fn what_is_searched_follows_the_individual(store: &dyn Store) {
    add(store, new(30, &ftel(), dalton("Ma"))).await;
    let before = ["fullName*=*Ma%20*", "givenName*=m*", "familyName*=*dalton*&givenName=Ma", "legalName=L"];
    let now = ["fullName*=*calam*", "legalName*=*jane%20c*", "title=Mme", "gender=FEMALE"];
    let category = |value| format!("partyCharacteristic.name=Category&partyCharacteristic.value={value}");
    for raw in &before[..3] {
        assert_eq!(count(store, &ftel(), raw).await, 1, "{raw}");
    }
    let interlocutors = count(store, &ftel(), &category("operatorInterlocutor")).await;
    let document = object(json!({
        "familyName": "Cannary",
        "givenName": "Calamity Jane",
        "fullName": "Calamity Jane",
        "legalName": "Martha Jane Cannary",
        "title": "Mme",
        "gender": "FEMALE",
        "partyCharacteristic": {"name": "Category", "value": "scout"},
    }));
    let change = IndividualChange {
        id: individual_id(30),
        operator: ftel(),
        document,
        contact_medium: None,
        version: version(1_030),
        expected: version(30),
    };
    assert_eq!(store.change_individual(change).await.expect("written"), Replaced::Done);
    for raw in before {
        assert_eq!(count(store, &ftel(), raw).await, 0, "{raw}");
    }
    for raw in now {
        assert_eq!(count(store, &ftel(), raw).await, 1, "{raw}");
    }
    assert_eq!(count(store, &ftel(), &category("operatorInterlocutor")).await, interlocutors - 1);
    assert_eq!(count(store, &ftel(), &category("scout")).await, 1);
}

async fn a_repeated_key_adds_once(store: &dyn Store) {
    let long_ago = samples::now() - SignedDuration::from_hours(24);
    let send = |number, name: &str, fingerprint, forget_before| {
        let contact_medium = Some(mail("key@foo.com"));
        let idempotency = Some(Idempotency {
            client: ClientId("a-party-client".to_owned()),
            key: name.to_owned(),
            fingerprint: [fingerprint; 32],
            forget_before,
        });
        let new = NewIndividual { contact_medium, idempotency, ..new(number, &ftel(), dalton("Key")) };
        store.add_individual(new)
    };
    assert_eq!(send(40, "key", 1, long_ago).await.expect("added"), Registered::Added);
    let first = store.individual(individual_id(40), &ftel(), true).await.expect("read").expect("there");
    assert_eq!(send(41, "key", 1, long_ago).await.expect("repeated"), Registered::Repeated(first));
    assert!(store.individual(individual_id(41), &ftel(), false).await.expect("read").is_none());
    assert_eq!(send(41, "key", 2, long_ago).await.expect("refused"), Registered::Contradicted);
    let later = samples::now() + SignedDuration::from_millis(1);
    assert_eq!(send(42, "key", 2, later).await.expect("forgotten"), Registered::Added);

    // A key is the client's for all that it asks: one that opened a ticket adds no individual, nor the reverse.
    let ticket = |number, key: &str| {
        let mut ticket = samples::ticket(&mut rand::SeedableRng::seed_from_u64(number));
        ticket.creation_date = samples::now();
        let idempotency = Some(Idempotency {
            client: ClientId("a-party-client".to_owned()),
            key: key.to_owned(),
            fingerprint: [2; 32],
            forget_before: Timestamp::MIN,
        });
        store.open(NewTicket { ticket, findings: Vec::new(), idempotency })
    };
    assert!(matches!(ticket(9_001, "key").await.expect("refused"), Opened::Contradicted));
    assert!(matches!(ticket(9_002, "other").await.expect("opened"), Opened::Added));
    assert_eq!(send(43, "other", 2, Timestamp::MIN).await.expect("refused"), Registered::Contradicted);
}

async fn a_deleted_individual_and_its_answer_are_gone(store: &dyn Store) {
    let keyed = |number| NewIndividual {
        idempotency: Some(Idempotency {
            client: ClientId("a-party-client".to_owned()),
            key: "to-delete".to_owned(),
            fingerprint: [5; 32],
            forget_before: Timestamp::MIN,
        }),
        ..new(number, &ftel(), dalton("Emmett"))
    };
    add(store, keyed(50)).await;
    let delete = |expected| async move {
        store.delete_individual(individual_id(50), &ftel(), expected).await.expect("answered")
    };
    assert_eq!(delete(Some(version(51))).await, Replaced::Stale);
    assert_eq!(count(store, &ftel(), "givenName=Emmett").await, 1);
    assert_eq!(delete(Some(version(50))).await, Replaced::Done);
    assert_eq!(delete(None).await, Replaced::Missing);
    assert!(store.individual(individual_id(50), &ftel(), true).await.expect("read").is_none());
    for raw in ["givenName=Emmett", "fullName*=*emm*", "fullName*=*mm*"] {
        assert_eq!(count(store, &ftel(), raw).await, 0, "{raw}");
    }
    let answered = store.add_individual(keyed(51)).await.expect("added");
    assert_eq!(answered, Registered::Added, "the answer of the one deleted is not given again");
    assert_eq!(
        store.delete_individual(individual_id(51), &ftel(), None).await.expect("deleted"),
        Replaced::Done
    );
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
    store.import(batch).await.expect("imported")
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
        let plan = plan(&raw, &ORGANIZATION_LIST, &ORGANIZATION_CATALOG);
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
    assert_eq!(store.import(batch(7_000)).await.expect("imported"), all(Imported::Added));
    assert_eq!(store.import(batch(7_100)).await.expect("imported"), all(Imported::Unchanged));
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
    assert_eq!(store.import(changed).await.expect("imported"), all(Imported::Updated));
    let read = store.individual(individual_id(72), &ftel(), true).await.expect("read").expect("there");
    assert_eq!(read.version, version(7_201));
    // Without an identifier, nothing tells an individual from another of the same name.
    assert_eq!(store.import(vec![individual(None, 7_300)]).await.expect("imported"), [Imported::Added]);
    assert_eq!(count(store, &ftel(), "givenName=Imported").await, 2);
}

async fn an_import_recognises_organizations(store: &dyn Store) {
    let first = organization(80, &[("siren", "800000080"), ("rceId", "R80")]);
    let second = organization(81, &[("siren", "810000081"), ("codeArcepRip", "OR81")]);
    assert_eq!(import(store, &[first, second]).await, [Imported::Added, Imported::Added]);

    // By any of its identifications; it keeps its identifier, and takes the identifications it is given.
    let moved = organization(82, &[("rceId", "R80"), ("trigramRip", "O80"), ("unknown", "800000080")]);
    assert_eq!(import(store, &[moved]).await, [Imported::Updated]);
    let read = store.organization(organization_id(80)).await.expect("read").expect("there");
    assert_eq!(read.version, version(82));
    assert!(store.organization(organization_id(82)).await.expect("read").is_none());
    let again = organization(83, &[("siren", "800000080")]);
    assert_eq!(import(store, &[again]).await, [Imported::Added], "it no longer has that siren");

    // Its identifier comes first; without one that is there, several organizations are too many.
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
        store.import(vec![theirs, fine]).await.expect("imported"),
        [Imported::Refused(Refusal::AnothersIndividual), Imported::Added]
    );
    let read = store.individual(individual_id(90), &ftel(), false).await.expect("read").expect("there");
    assert_eq!(read.version, version(90));
    assert_eq!(count(store, &code("SFRA"), "").await, 0);
}

async fn pages_meet_each_individual_once_while_others_come_in(store: &dyn Store) {
    let walker = code("WALK");
    let mut expected = Vec::new();
    for number in 100..125 {
        add(store, new(number, &walker, dalton("Walk"))).await;
        expected.push(individual_id(number));
    }
    let mut met = Vec::new();
    for page in 0..9 {
        let request = PartyListRequest {
            plan: individuals("fullName*=*walk*"),
            offset: u64::try_from(page * 3).expect("a count"),
            limit: 3,
        };
        let page_found = store.list_individuals(&walker, request, false).await.expect("listed");
        met.extend(page_found.parties.iter().map(|individual| individual.id));
        add(store, new(200 + page, &walker, dalton("Walk"))).await;
    }
    assert_eq!(met[..25], expected);
    let none = PartyListRequest { plan: individuals(""), offset: 1_000, limit: 0 };
    let page = store.list_individuals(&walker, none, false).await.expect("listed");
    assert_eq!((page.parties.len(), page.total), (0, 34), "a page of none still has the total");
}
