//! Contract of a backend for parties, write by write.

use epissure_filter::{Options, Plan, Query};
use epissure_protocol::json::Object;
use epissure_protocol::names::{IndividualId, OperatorCode, Version};
use epissure_protocol::party::INDIVIDUAL_LIST;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::samples::author;
use super::{party_imports, samples};
use crate::{
    ClientId, INDIVIDUAL_CATALOG, Idempotency, IndividualChange, NewIndividual, NewTicket, Opened,
    PartyListRequest, Registered, Replaced, Store, StoredIndividual,
};

/// Runs every test on a new store.
///
/// # Panics
///
/// Panics when one fails.
pub async fn run(store: &dyn Store) {
    a_change_happens_once_per_version(store).await;
    what_is_anothers_is_not_there(store).await;
    contact_medium_is_read_when_it_is_asked_for(store).await;
    what_is_searched_follows_the_individual(store).await;
    a_repeated_key_adds_once(store).await;
    a_deleted_individual_and_its_answer_are_gone(store).await;
    party_imports::run(store).await;
    pages_meet_each_individual_once_while_others_come_in(store).await;
}

pub(super) fn code(text: &str) -> OperatorCode {
    OperatorCode::parse(text).expect("an operator code")
}

pub(super) fn ftel() -> OperatorCode {
    code("FTEL")
}

pub(super) fn individual_id(number: u128) -> IndividualId {
    IndividualId(Uuid::from_u128(number))
}

pub(super) fn version(number: u128) -> Version {
    Version(Uuid::from_u128(number))
}

pub(super) fn object(value: Value) -> Object {
    let Value::Object(object) = value else { panic!("an object: {value}") };
    object
}

pub(super) fn dalton(given_name: &str) -> Object {
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

pub(super) fn mail(address: &str) -> Value {
    json!([{
        "mediumType": "MAIL",
        "preferred": true,
        "characteristic": {"contactType": "OTHER", "emailAddress": address},
    }])
}

/// Returns a new individual whose version has the same number.
pub(super) fn new(number: u128, operator: &OperatorCode, document: Object) -> NewIndividual {
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

pub(super) async fn add(store: &dyn Store, new: NewIndividual) {
    assert_eq!(store.add_individual(new, &author()).await.expect("added"), Registered::Added);
}

fn individuals(raw: &str) -> Plan {
    let query = Query::parse_closed(raw, &INDIVIDUAL_LIST, &Options::default()).expect("a query");
    Plan::new(&query, &INDIVIDUAL_CATALOG)
}

pub(super) async fn count(store: &dyn Store, operator: &OperatorCode, raw: &str) -> u64 {
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
    assert_eq!(store.change_individual(change(1, 1), &author()).await.expect("written"), Replaced::Done);
    assert_eq!(store.change_individual(change(1, 1), &author()).await.expect("refused"), Replaced::Stale);
    assert_eq!(store.change_individual(change(2, 1), &author()).await.expect("refused"), Replaced::Missing);
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
        assert_eq!(store.change_individual(change, &author()).await.expect("refused"), Replaced::Missing);
        for expected in [None, Some(version(10))] {
            let deleted = store.delete_individual(individual_id(10), &stranger, expected, &author()).await;
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
    assert_eq!(store.change_individual(change, &author()).await.expect("written"), Replaced::Done);
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
    let by = author();
    let send = |number, name: &str, fingerprint, forget_before| {
        let contact_medium = Some(mail("key@foo.com"));
        let idempotency = Some(Idempotency {
            client: ClientId("a-party-client".to_owned()),
            key: name.to_owned(),
            fingerprint: [fingerprint; 32],
            forget_before,
        });
        let new = NewIndividual { contact_medium, idempotency, ..new(number, &ftel(), dalton("Key")) };
        store.add_individual(new, &by)
    };
    assert_eq!(send(40, "key", 1, long_ago).await.expect("added"), Registered::Added);
    let first = store.individual(individual_id(40), &ftel(), true).await.expect("read").expect("there");
    assert_eq!(send(41, "key", 1, long_ago).await.expect("repeated"), Registered::Repeated(first));
    assert!(store.individual(individual_id(41), &ftel(), false).await.expect("read").is_none());
    assert_eq!(send(41, "key", 2, long_ago).await.expect("refused"), Registered::Contradicted);
    let later = samples::now() + SignedDuration::from_millis(1);
    assert_eq!(send(42, "key", 2, later).await.expect("forgotten"), Registered::Added);

    // A key is unique among all requests of a client: a key that opened a ticket adds no
    // individual, nor the reverse.
    let ticket = |number, key: &str| {
        let mut ticket = samples::ticket(&mut rand::SeedableRng::seed_from_u64(number));
        ticket.creation_date = samples::now();
        let idempotency = Some(Idempotency {
            client: ClientId("a-party-client".to_owned()),
            key: key.to_owned(),
            fingerprint: [2; 32],
            forget_before: Timestamp::MIN,
        });
        store.open(NewTicket { ticket, findings: Vec::new(), idempotency }, &by)
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
        store.delete_individual(individual_id(50), &ftel(), expected, &author()).await.expect("answered")
    };
    assert_eq!(delete(Some(version(51))).await, Replaced::Stale);
    assert_eq!(count(store, &ftel(), "givenName=Emmett").await, 1);
    assert_eq!(delete(Some(version(50))).await, Replaced::Done);
    assert_eq!(delete(None).await, Replaced::Missing);
    assert!(store.individual(individual_id(50), &ftel(), true).await.expect("read").is_none());
    for raw in ["givenName=Emmett", "fullName*=*emm*", "fullName*=*mm*"] {
        assert_eq!(count(store, &ftel(), raw).await, 0, "{raw}");
    }
    let answered = store.add_individual(keyed(51), &author()).await.expect("added");
    assert_eq!(answered, Registered::Added, "the answer of the one deleted is not given again");
    assert_eq!(
        store.delete_individual(individual_id(51), &ftel(), None, &author()).await.expect("deleted"),
        Replaced::Done
    );
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
