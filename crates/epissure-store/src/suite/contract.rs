//! Contract of a backend, write by write.

use epissure_filter::{Options, Plan, Query};
use epissure_protocol::codes::{Actor, Status};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::event::EventKind;
use epissure_protocol::identifiers::{Finding, Severity};
use epissure_protocol::names::{EventId, OperatorCode, Version};
use epissure_protocol::ticket::Ticket;
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use uuid::Builder;

use super::samples;
use super::samples::{author, author_at};
use crate::{
    CATALOG, Client, ClientId, Contract, Idempotency, ListRequest, NewEvent, NewTicket, Opened, Operator,
    Role, SecretHash, Start, Store, StoredToken, TicketChange, TokenHash, Viewer, Written,
};

/// Runs every test on a new store.
///
/// # Panics
///
/// Panics when one fails.
pub async fn run(store: &dyn Store) {
    operators_clients_and_contracts(store).await;
    tokens(store).await;
    a_change_happens_once_per_version(store).await;
    what_is_anothers_is_not_there(store).await;
    a_repeated_key_opens_once(store).await;
    a_key_is_forgotten_with_its_time(store).await;
    multi_valued_paths_follow_the_ticket(store).await;
    findings_stay_until_the_checks_run_again(store).await;
    super::follow_up::run(store).await;
    super::attachments::run(store).await;
    super::delivering::run(store).await;
    super::inbox::run(store).await;
    pages_meet_each_ticket_once_while_others_are_opened(store).await;
    super::audit::run(store).await;
}

fn code(text: &str) -> OperatorCode {
    OperatorCode::parse(text).expect("an operator code")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("an instant")
}

/// Returns a distinct ticket for each number.
fn ticket(number: u64) -> Ticket {
    let mut ticket = samples::ticket(&mut StdRng::seed_from_u64(number));
    ticket.extensions.clear();
    ticket
}

/// Returns a version that no sample has: sample versions come first from the same numbers.
fn next_version(number: u64) -> Version {
    let mut bytes = [0; 16];
    StdRng::seed_from_u64(u64::MAX - number).fill_bytes(&mut bytes);
    Version(Builder::from_random_bytes(bytes).into_uuid())
}

/// Returns a distinct event for each number.
fn event(number: u64) -> NewEvent {
    let mut bytes = [0; 16];
    StdRng::seed_from_u64(number).fill_bytes(&mut bytes);
    NewEvent {
        id: EventId(Builder::from_random_bytes(bytes).into_uuid()),
        kind: EventKind::Update,
        at: at(2_000),
        by: Actor::Oi,
    }
}

async fn open(store: &dyn Store, ticket: &Ticket) {
    let new = NewTicket { ticket: ticket.clone(), findings: Vec::new(), idempotency: None };
    assert!(matches!(store.open(new, &author()).await.expect("opened"), Opened::Added));
}

async fn count(store: &dyn Store, viewer: &Viewer, raw: &str) -> u64 {
    let query = Query::parse(raw, &Dialect::Interop20, &Options::default()).expect("a query");
    store.count(viewer.clone(), Plan::new(&query, &CATALOG), samples::now()).await.expect("counted")
}

fn oi() -> Viewer {
    Viewer::Oi(code(samples::OI))
}

async fn operators_clients_and_contracts(store: &dyn Store) {
    for (name, is_oi, is_oc) in [(samples::OI, true, false), (samples::OC, false, true)] {
        let operator = Operator {
            code: code(name),
            name: "first".to_owned(),
            is_oi,
            is_oc,
            siren: None,
            strict_creation: false,
        };
        store.put_operator(operator.clone(), &author()).await.expect("put");
        let renamed = Operator { name: "second".to_owned(), siren: Some("732829320".to_owned()), ..operator };
        store.put_operator(renamed.clone(), &author()).await.expect("put again");
        assert_eq!(store.operator(&code(name)).await.expect("read"), Some(renamed));
    }
    assert_eq!(store.operators().await.expect("listed").len(), 2);
    assert_eq!(store.operator(&code("NONE")).await.expect("read"), None);

    let client = Client {
        id: ClientId("a-client".to_owned()),
        operator: code(samples::OC),
        role: Role::Oc,
        scopes: vec!["one".to_owned(), "two".to_owned()],
        secret: SecretHash::Sha256([7; 32]),
        revoked: None,
        created: at(1_000),
    };
    assert!(store.add_client(client.clone(), &author()).await.expect("added"));
    assert!(!store.add_client(client.clone(), &author()).await.expect("refused"), "the identifier is taken");
    assert_eq!(store.client(&client.id).await.expect("read"), Some(client.clone()));
    let chosen = SecretHash::Argon2id("a hash".to_owned());
    assert!(store.set_client_secret(&client.id, chosen.clone(), &author()).await.expect("set"));
    let read = store.client(&client.id).await.expect("read").expect("there");
    assert!(read.secret == chosen);
    let nobody = ClientId("nobody".to_owned());
    assert!(!store.set_client_secret(&nobody, chosen, &author()).await.expect("passed over"));
    assert!(!store.revoke_client(&nobody, &author_at(at(1))).await.expect("passed over"));
    assert_eq!(store.clients().await.expect("listed").len(), 1);

    let contract = Contract {
        oi: code(samples::OI),
        oc: code(samples::OC),
        answer_delay: 1,
        validation_delay: 2,
        bulk_limit: 3,
        rate: None,
    };
    store.put_contract(contract.clone(), &author()).await.expect("put");
    let other = Contract { bulk_limit: 30, ..contract };
    store.put_contract(other.clone(), &author()).await.expect("put again");
    assert_eq!(store.contract(&other.oi, &other.oc).await.expect("read"), Some(other.clone()));
    assert_eq!(store.contract(&other.oc, &other.oi).await.expect("read"), None);
    assert_eq!(store.contracts().await.expect("listed"), [other]);
}

async fn tokens(store: &dyn Store) {
    let client = ClientId("a-client".to_owned());
    let token = |number: u8, issued: i64| StoredToken {
        hash: TokenHash([number; 32]),
        client: client.clone(),
        operator: code(samples::OC),
        role: Role::Oc,
        scopes: vec!["one".to_owned()],
        issued: at(issued),
        expires: at(issued + 3600),
    };
    assert!(store.add_token(token(1, 10_000), 2, at(6_400)).await.expect("kept"));
    assert!(store.add_token(token(2, 10_001), 2, at(6_401)).await.expect("kept"));
    assert!(!store.add_token(token(3, 10_002), 2, at(6_402)).await.expect("beyond the quota"));
    assert!(store.add_token(token(3, 13_600), 2, at(10_000)).await.expect("the window has moved"));
    assert_eq!(store.token(TokenHash([1; 32])).await.expect("read"), Some(token(1, 10_000)));
    assert_eq!(store.token(TokenHash([9; 32])).await.expect("read"), None);

    store.revoke_token(TokenHash([1; 32]), &ClientId("nobody".to_owned())).await.expect("passed over");
    assert!(store.token(TokenHash([1; 32])).await.expect("read").is_some(), "not the caller's to revoke");
    store.revoke_token(TokenHash([1; 32]), &client).await.expect("revoked");
    assert_eq!(store.token(TokenHash([1; 32])).await.expect("read"), None);

    assert_eq!(store.purge_tokens(at(13_602)).await.expect("purged"), 2, "the revoked one too");
    assert!(store.token(TokenHash([3; 32])).await.expect("read").is_some());
    assert!(store.revoke_client(&client, &author_at(at(14_000))).await.expect("revoked"));
    assert_eq!(store.token(TokenHash([3; 32])).await.expect("read"), None, "its tokens end with it");
    let revoked = store.client(&client).await.expect("read").expect("still known");
    assert_eq!(revoked.revoked, Some(at(14_000)));
}

async fn a_change_happens_once_per_version(store: &dyn Store) {
    let first = ticket(1);
    open(store, &first).await;
    let mut second = first.clone();
    second.version = next_version(1);
    second.description = Some("second".to_owned());
    let change = |ticket: &Ticket| TicketChange {
        ticket: ticket.clone(),
        expected: first.version,
        findings: None,
        event: event(900),
    };
    assert_eq!(store.change(change(&second), &author()).await.expect("written"), Written::Done);
    assert_eq!(store.change(change(&second), &author()).await.expect("refused"), Written::Stale);
    let stored = store.ticket(first.id, &oi()).await.expect("read").expect("there");
    let read: Ticket = serde_json::from_str(&stored.document).expect("a ticket");
    assert_eq!(read, second);
    let mut absent = ticket(2);
    absent.version = next_version(2);
    assert_eq!(store.change(change(&absent), &author()).await.expect("refused"), Written::Stale);
    assert!(store.ticket(absent.id, &oi()).await.expect("read").is_none());
}

async fn what_is_anothers_is_not_there(store: &dyn Store) {
    let mine = ticket(3);
    open(store, &mine).await;
    let by_id = format!("id={}", mine.id);
    for viewer in [oi(), Viewer::Oc(code(samples::OC))] {
        assert!(store.ticket(mine.id, &viewer).await.expect("read").is_some());
        assert_eq!(count(store, &viewer, &by_id).await, 1);
    }
    let strangers = ["IFTR", samples::OC].map(|name| Viewer::Oi(code(name)));
    for stranger in strangers.into_iter().chain([Viewer::Oc(code(samples::OI)), Viewer::Oc(code("VENU"))]) {
        assert!(store.ticket(mine.id, &stranger).await.expect("read").is_none());
        assert_eq!(count(store, &stranger, &by_id).await, 0);
        assert_eq!(count(store, &stranger, "status[ne]=nothing").await, 0);
    }
}

async fn a_key_is_forgotten_with_its_time(store: &dyn Store) {
    let opened_at = samples::now();
    let request = |number: u64| {
        let mut ticket = ticket(number);
        ticket.creation_date = opened_at;
        NewTicket {
            ticket,
            findings: Vec::new(),
            idempotency: Some(Idempotency {
                client: ClientId("a-client".to_owned()),
                key: "forgotten".to_owned(),
                fingerprint: [9; 32],
                forget_before: Timestamp::MIN,
            }),
        }
    };
    assert!(matches!(store.open(request(70), &author()).await.expect("opened"), Opened::Added));
    store.forget_requests(opened_at).await.expect("nothing of it");
    assert!(matches!(store.open(request(71), &author()).await.expect("repeated"), Opened::Repeated(_)));
    let after = opened_at + SignedDuration::from_secs(1);
    assert!(store.forget_requests(after).await.expect("forgotten") >= 1);
    assert!(matches!(store.open(request(72), &author()).await.expect("opened"), Opened::Added));
}

async fn a_repeated_key_opens_once(store: &dyn Store) {
    let first = ticket(4);
    let key = |fingerprint: u8, forget_before: Timestamp| {
        Some(Idempotency {
            client: ClientId("a-client".to_owned()),
            key: "key".to_owned(),
            fingerprint: [fingerprint; 32],
            forget_before,
        })
    };
    let by = author();
    let send = |ticket: &Ticket, idempotency| {
        store.open(NewTicket { ticket: ticket.clone(), findings: Vec::new(), idempotency }, &by)
    };
    let long_ago = first.creation_date - SignedDuration::from_hours(24);
    assert!(matches!(send(&first, key(1, long_ago)).await.expect("opened"), Opened::Added));
    let again = ticket(5);
    let Opened::Repeated(replay) = send(&again, key(1, long_ago)).await.expect("repeated") else {
        panic!("the same key and request open nothing");
    };
    assert_eq!(replay.at, first.creation_date);
    assert_eq!(serde_json::from_str::<Ticket>(&replay.document).expect("a ticket"), first);
    assert!(store.ticket(again.id, &oi()).await.expect("read").is_none());
    assert!(matches!(send(&again, key(2, long_ago)).await.expect("refused"), Opened::Contradicted));
    let later = first.creation_date + SignedDuration::from_millis(1);
    assert!(matches!(send(&again, key(2, later)).await.expect("forgotten"), Opened::Added));
}

async fn multi_valued_paths_follow_the_ticket(store: &dyn Store) {
    let mut before = ticket(6);
    before.related_entity = vec![serde_json::json!({"id": "OLD-1"}), serde_json::json!({"id": "BOTH"})];
    open(store, &before).await;
    let mut after = before.clone();
    after.version = next_version(6);
    after.related_entity = vec![serde_json::json!({"id": "BOTH"}), serde_json::json!({"id": "NEW-1"})];
    assert_eq!(count(store, &oi(), "relatedEntity.id=OLD-1").await, 1);
    let change = TicketChange { ticket: after, expected: before.version, findings: None, event: event(901) };
    assert_eq!(store.change(change, &author()).await.expect("written"), Written::Done);
    assert_eq!(count(store, &oi(), "relatedEntity.id=OLD-1").await, 0);
    assert_eq!(count(store, &oi(), "relatedEntity.id[in]=NEW-1,BOTH").await, 1);
}

async fn findings_stay_until_the_checks_run_again(store: &dyn Store) {
    let mut ticket = ticket(7);
    let finding = Finding {
        severity: Severity::Warning,
        code: "a-code",
        pointer: "/name".to_owned(),
        message: "A sentence.".to_owned(),
        refusal: None,
    };
    let new = NewTicket { ticket: ticket.clone(), findings: vec![finding], idempotency: None };
    assert!(matches!(store.open(new, &author()).await.expect("opened"), Opened::Added));
    let findings = async || store.ticket(ticket.id, &oi()).await.expect("read").expect("there").findings;
    assert!(findings().await.expect("some").contains("a-code"));
    for (number, rerun, stay) in [(70, None, true), (71, Some(Vec::new()), false)] {
        let expected = ticket.version;
        ticket.version = next_version(number);
        let change =
            TicketChange { ticket: ticket.clone(), expected, findings: rerun, event: event(910 + number) };
        assert_eq!(store.change(change, &author()).await.expect("written"), Written::Done);
        let found = store.ticket(ticket.id, &oi()).await.expect("read").expect("there").findings;
        assert_eq!(found.is_some(), stay);
    }
}

async fn pages_meet_each_ticket_once_while_others_are_opened(store: &dyn Store) {
    let mut expected = Vec::new();
    for number in 100..125 {
        let mut ticket = ticket(number);
        ticket.status = Status::Pending;
        ticket.external_id = Some("walk".to_owned());
        open(store, &ticket).await;
        expected.push(ticket.id.to_string());
    }
    let query = Query::parse("externalId=walk&sort=status", &Dialect::Interop20, &Options::default())
        .expect("a query");
    let mut met = Vec::new();
    for page in 0..9_u64 {
        let request = ListRequest {
            viewer: oi(),
            plan: Plan::new(&query, &CATALOG),
            start: Start::Offset(page * 3),
            limit: 3,
            now: samples::now(),
        };
        for stored in store.list(request).await.expect("listed").rows {
            let document: serde_json::Value = serde_json::from_str(&stored.document).expect("a document");
            met.push(document["id"].as_str().expect("an id").to_owned());
        }
        // Insert a ticket meanwhile, equal by the requested order: it sorts after the existing
        // ones.
        let mut late = ticket(200 + page);
        late.status = Status::Pending;
        late.external_id = Some("walk".to_owned());
        open(store, &late).await;
    }
    assert_eq!(met[..25], expected);
}
