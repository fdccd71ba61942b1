//! Several servers on one database.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use epissure_protocol::codes::{Actor, Status};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::event::EventKind;
use epissure_protocol::names::{EventId, NoteId, OperatorCode, Version};
use epissure_protocol::partner::Credentials;
use epissure_protocol::target::{Media, Target};
use epissure_protocol::ticket::Ticket;
use epissure_store::suite::samples::{self, author};
use epissure_store::{
    Access as _, Attempt, Audit as _, AuditRow, Client, ClientId, Contract, Deliveries as _, Events as _,
    Idempotency, NewEvent, NewNote, NewTicket, Noted, Notes as _, Opened, Operator, Pair, Role, SecretHash,
    Settled, Settlement, Standing, StoredTarget, StoredToken, TargetSecrets, TargetState, TicketChange,
    Tickets as _, TokenHash, Viewer, Written,
};
use epissure_store_postgres::PostgresStore;
use epissure_store_postgres::testing::TestDatabase;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// Opens two servers' stores on a new database.
async fn two() -> (TestDatabase, [Arc<PostgresStore>; 2]) {
    let database = TestDatabase::create().await;
    let stores = [Arc::new(database.open().await), Arc::new(database.open().await)];
    (database, stores)
}

fn oi() -> Viewer {
    Viewer::Oi(OperatorCode::parse(samples::OI).expect("a code"))
}

fn ticket(number: u64) -> Ticket {
    let mut ticket = samples::ticket(&mut rand::SeedableRng::seed_from_u64(number));
    ticket.status = Status::InProgress;
    ticket
}

async fn opened(store: &PostgresStore, number: u64) -> Ticket {
    let ticket = ticket(number);
    let new = NewTicket { ticket: ticket.clone(), findings: Vec::new(), idempotency: None };
    assert!(matches!(store.open(new, &author()).await.expect("opened"), Opened::Added));
    ticket
}

fn event(number: u128) -> NewEvent {
    let at = Timestamp::UNIX_EPOCH;
    NewEvent { id: EventId(Uuid::from_u128(number)), kind: EventKind::Update, at, by: Actor::Oi }
}

const WRITERS: u64 = 8;
const CHANGES: u64 = 60;

/// Writers on both servers, of one ticket each, and a reader that repeatedly fetches the events
/// after the last one read.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_that_goes_on_after_an_event_misses_none_whoever_writes() {
    let (_database, stores) = two().await;
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&stores[usize::from(writer % 2 == 0)]);
        writers.push(tokio::spawn(async move {
            let mut ticket = opened(&store, writer).await;
            for turn in 0..CHANGES {
                let expected = ticket.version;
                let number = u128::from(writer * 1_000 + turn + 1);
                ticket.version = Version(Uuid::from_u128(number));
                let change =
                    TicketChange { ticket: ticket.clone(), expected, findings: None, event: event(number) };
                assert_eq!(store.change(change, &author()).await.expect("written"), Written::Done);
            }
        }));
    }
    let done = Arc::new(AtomicBool::new(false));
    let (reader, over) = (Arc::clone(&stores[0]), Arc::clone(&done));
    let reader = tokio::spawn(async move {
        let (mut seen, mut rank) = (0, 0);
        loop {
            let last = over.load(Ordering::SeqCst);
            for event in reader.events_after(rank, oi(), 100, usize::MAX).await.expect("read") {
                assert!(event.seq > rank);
                rank = event.seq;
                seen += 1;
            }
            if last && reader.events_after(rank, oi(), 1, usize::MAX).await.expect("read").is_empty() {
                return seen;
            }
        }
    });
    for writer in writers {
        writer.await.expect("written");
    }
    done.store(true, Ordering::SeqCst);
    assert_eq!(reader.await.expect("read"), WRITERS * CHANGES);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_audit_is_one_chain_whoever_writes() {
    let (database, stores) = two().await;
    let mut writers = Vec::new();
    for writer in 0..8 {
        let store = Arc::clone(&stores[usize::from(writer % 2 == 0)]);
        writers.push(tokio::spawn(async move {
            for number in 0..20 {
                opened(&store, 1_000 * writer + number).await;
            }
        }));
    }
    for writer in writers {
        writer.await.expect("written");
    }
    let rows = stores[0].audit(0, 1_000).await.expect("read");
    assert_eq!(rows.len(), 160);
    let mut previous = AuditRow::NONE;
    for (row, number) in rows.iter().zip(1..) {
        assert_eq!((row.number, row.previous.as_str()), (number, previous));
        assert_eq!(row.computed(), row.hash);
        previous = &row.hash;
    }
    for (statement, reason) in [
        ("UPDATE audit SET author = $1", "never changed"),
        ("DELETE FROM audit WHERE author IS DISTINCT FROM $1", "up to a checkpoint only"),
    ] {
        let refused = database.try_execute(statement, "nobody").await.expect_err(statement);
        assert!(refused.contains(reason), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_change_one_version_one_does() {
    let (_database, stores) = two().await;
    let first = opened(&stores[0], 1).await;
    let mut attempts = Vec::new();
    for number in 1..=16 {
        let store = Arc::clone(&stores[number as usize % 2]);
        let mut ticket = first.clone();
        ticket.version = Version(Uuid::from_u128(number));
        let change = TicketChange { ticket, expected: first.version, findings: None, event: event(number) };
        attempts.push(tokio::spawn(async move { store.change(change, &author()).await.expect("answered") }));
    }
    let mut done = 0;
    for attempt in attempts {
        done += usize::from(attempt.await.expect("answered") == Written::Done);
    }
    assert_eq!(done, 1);
    assert_eq!(
        stores[1].events_after(0, oi(), 100, usize::MAX).await.expect("read").len(),
        1,
        "and one event tells of it"
    );
}

/// Writers share transactions: the failure of one does not affect the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_write_at_once_the_one_that_fails_leaves_no_trace_and_the_others_are_done() {
    let (_database, stores) = two().await;
    let taken = opened(&stores[0], 1_000).await;
    let writers: Vec<_> = (0..64)
        .map(|number| {
            let store = Arc::clone(&stores[0]);
            let mut ticket = ticket(number);
            if number % 16 == 5 {
                ticket.id = taken.id;
            }
            let key = Idempotency {
                client: ClientId("a-client".to_owned()),
                key: number.to_string(),
                fingerprint: [1; 32],
                forget_before: Timestamp::MIN,
            };
            let new = NewTicket { ticket, findings: Vec::new(), idempotency: Some(key) };
            tokio::spawn(async move { (number, store.open(new, &author()).await) })
        })
        .collect();
    for writer in writers {
        let (number, answer) = writer.await.expect("answered");
        assert_eq!(answer.is_ok(), number % 16 != 5, "{number}: {answer:?}");
    }
    let subjects: BTreeSet<String> =
        stores[1].audit(0, 1_000).await.expect("read").into_iter().map(|row| row.subject).collect();
    assert_eq!(subjects.len(), 61, "the sixty that were opened, and the one before them");
    // The key of the failed request is unused.
    let key = Idempotency {
        client: ClientId("a-client".to_owned()),
        key: "5".to_owned(),
        fingerprint: [2; 32],
        forget_before: Timestamp::MIN,
    };
    let new = NewTicket { ticket: ticket(5), findings: Vec::new(), idempotency: Some(key) };
    assert!(matches!(stores[1].open(new, &author()).await.expect("answered"), Opened::Added));
}

/// Each of their transactions changes several tickets, in any order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_who_change_the_same_tickets_in_any_order_are_all_answered() {
    const TICKETS: usize = 4;
    let (_database, stores) = two().await;
    let mut tickets = Vec::new();
    for number in 0..TICKETS {
        tickets.push(opened(&stores[0], number as u64).await);
    }
    let newest: Arc<Vec<Mutex<Ticket>>> = Arc::new(tickets.into_iter().map(Mutex::new).collect());
    let writers: Vec<_> = (0..24_usize)
        .map(|writer| {
            let (store, newest) = (Arc::clone(&stores[writer % 2]), Arc::clone(&newest));
            tokio::spawn(async move {
                let mut done = 0;
                for turn in 0..40 {
                    let place = &newest[(writer * 7 + turn * (1 + writer % 3)) % TICKETS];
                    let before = place.lock().expect("the newest").clone();
                    let number = (writer * 1_000 + turn + 1) as u128;
                    let after = Ticket { version: Version(Uuid::from_u128(number)), ..before.clone() };
                    let change = TicketChange {
                        ticket: after.clone(),
                        expected: before.version,
                        findings: None,
                        event: event(number),
                    };
                    if store.change(change, &author()).await.expect("answered") == Written::Done {
                        *place.lock().expect("the newest") = after;
                        done += 1;
                    }
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for writer in writers {
        done += writer.await.expect("answered");
    }
    assert!(done > 0);
    assert_eq!(stores[1].events_after(0, oi(), 1_000, usize::MAX).await.expect("read").len(), done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_write_that_was_begun_is_done_though_the_one_who_asked_goes_away() {
    let (_database, stores) = two().await;
    let before = opened(&stores[0], 1).await;
    let after = Ticket { version: Version(Uuid::from_u128(1)), ..before.clone() };
    let change =
        TicketChange { ticket: after.clone(), expected: before.version, findings: None, event: event(1) };
    let by = author();
    let mut asking = Box::pin(stores[0].change(change, &by));
    assert!(futures_util::poll!(&mut asking).is_pending());
    drop(asking);
    let written = async {
        while stores[1].events_after(0, oi(), 1, usize::MAX).await.expect("read").is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), written).await.expect("written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_requests_with_one_key_one_opens_a_ticket_and_all_are_told_of_it() {
    let (_database, stores) = two().await;
    let mut requests = Vec::new();
    for number in 0..16 {
        let store = Arc::clone(&stores[number as usize % 2]);
        let key = Idempotency {
            client: ClientId("a-client".to_owned()),
            key: "key".to_owned(),
            fingerprint: [1; 32],
            forget_before: Timestamp::MIN,
        };
        let new = NewTicket { ticket: ticket(number), findings: Vec::new(), idempotency: Some(key) };
        requests
            .push(tokio::spawn(async move { (number, store.open(new, &author()).await.expect("answered")) }));
    }
    let (mut added, mut repeated) = (Vec::new(), Vec::new());
    for request in requests {
        match request.await.expect("answered") {
            (number, Opened::Added) => added.push(ticket(number)),
            (_, Opened::Repeated(replay)) => repeated.push(replay.document),
            (_, Opened::Contradicted) => panic!("the requests are the same"),
        }
    }
    assert_eq!((added.len(), repeated.len()), (1, 15));
    for document in repeated {
        assert_eq!(serde_json::from_str::<Ticket>(&document).expect("a ticket"), added[0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_client_gets_its_quota_of_tokens_from_all_servers_together() {
    let (_database, stores) = two().await;
    let operator = OperatorCode::parse("SFRA").expect("a code");
    let named = Operator {
        code: operator.clone(),
        name: "SFRA".to_owned(),
        is_oi: false,
        is_oc: true,
        siren: None,
        strict_creation: false,
    };
    stores[0].put_operator(named, &author()).await.expect("put");
    let client = Client {
        id: ClientId("a-client".to_owned()),
        operator: operator.clone(),
        role: Role::Oc,
        scopes: Vec::new(),
        secret: SecretHash::Sha256([0; 32]),
        revoked: None,
        created: Timestamp::UNIX_EPOCH,
    };
    assert!(stores[0].add_client(client.clone(), &author()).await.expect("added"));
    let mut requests = Vec::new();
    for number in 0..24 {
        let store = Arc::clone(&stores[usize::from(number % 2)]);
        let token = StoredToken {
            hash: TokenHash([number; 32]),
            client: client.id.clone(),
            operator: operator.clone(),
            role: Role::Oc,
            scopes: Vec::new(),
            issued: Timestamp::UNIX_EPOCH,
            expires: Timestamp::UNIX_EPOCH,
        };
        requests.push(tokio::spawn(async move {
            store.add_token(token, 10, Timestamp::MIN).await.expect("answered")
        }));
    }
    let mut given = 0;
    for request in requests {
        given += usize::from(request.await.expect("answered"));
    }
    assert_eq!(given, 10);
}

/// Both servers deliver what both write. An event enqueued while its predecessor is settled becomes
/// due, and events are delivered in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_queued_while_the_one_before_leaves_goes_after_it() {
    const EVENTS: u64 = 120;
    let (_database, stores) = two().await;
    let pair = sending(&stores[0]).await;
    let ticket = opened(&stores[0], 1).await;
    let writer = Arc::clone(&stores[0]);
    let written = tokio::spawn(async move {
        let mut ticket = ticket;
        for number in 1..=EVENTS {
            let expected = ticket.version;
            ticket.version = Version(Uuid::from_u128(number.into()));
            let change = TicketChange {
                ticket: ticket.clone(),
                expected,
                findings: None,
                event: event(number.into()),
            };
            assert_eq!(writer.change(change, &author()).await.expect("written"), Written::Done);
        }
    });
    let delivered = Arc::new(Mutex::new(Vec::new()));
    let mut couriers = Vec::new();
    for store in stores.clone() {
        let (pair, delivered) = (pair.clone(), Arc::clone(&delivered));
        couriers.push(tokio::spawn(async move {
            while delivered.lock().expect("the list").len() < EVENTS as usize {
                for claimed in store.claim(&pair, at(1), at(1_000), 3).await.expect("taken") {
                    // Recorded before it is settled: from then on the next may be claimed.
                    delivered.lock().expect("the list").push(claimed.rank);
                    let settlement = Settlement {
                        pair: pair.clone(),
                        rank: claimed.rank,
                        attempt: Attempt {
                            number: 1,
                            at: at(0),
                            elapsed_ms: 0,
                            status: Some(200),
                            error: None,
                            body: String::new(),
                        },
                        settled: Settled::Delivered,
                        standing: None,
                    };
                    assert!(store.settle(settlement).await.expect("settled"));
                }
            }
        }));
    }
    written.await.expect("written");
    for courier in couriers {
        let ended = tokio::time::timeout(Duration::from_secs(30), courier).await;
        ended.expect("nothing waits for ever").expect("delivered");
    }
    let delivered = delivered.lock().expect("the list");
    assert_eq!(delivered.len() as u64, EVENTS);
    assert!(delivered.is_sorted(), "in their order");
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("an instant")
}

/// Inserts the pair of the samples, with a contract and a target.
async fn sending(store: &PostgresStore) -> Pair {
    let [oi, oc] = [samples::OI, samples::OC].map(|text| OperatorCode::parse(text).expect("a code"));
    for code in [&oi, &oc] {
        let operator = Operator {
            code: code.clone(),
            name: String::new(),
            is_oi: true,
            is_oc: true,
            siren: None,
            strict_creation: false,
        };
        store.put_operator(operator, &author()).await.expect("put");
    }
    let pair = Pair { oi: oi.clone(), oc: oc.clone() };
    let contract = Contract { oi, oc, answer_delay: 1, validation_delay: 1, bulk_limit: 1, rate: None };
    store.put_contract(contract, &author()).await.expect("put");
    let target = StoredTarget {
        pair: pair.clone(),
        target: Target {
            url: "https://oc.example/event".to_owned(),
            dialect: Dialect::Orange10,
            media: Media::Json,
            asks_consent: false,
            credentials: Credentials::default(),
            headers: Vec::new(),
            allow: Vec::new(),
            proxy: None,
            authorities: None,
            certificate: None,
        },
        secrets: TargetSecrets::default(),
        standing: Standing::new(TargetState::Active),
    };
    store.put_target(target, &author()).await.expect("put");
    pair
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_appends_the_other_hears() {
    let (_database, stores) = two().await;
    let heard = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&heard);
    let _listener = stores[1].news().listen(move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    let at_least = async |times: usize| {
        while heard.load(Ordering::SeqCst) < times {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    // Called once at the start: rows may have been appended before.
    at_least(1).await;
    let ticket = opened(&stores[0], 1).await;
    let note = NewNote {
        id: NoteId(Uuid::from_u128(1)),
        ticket: ticket.id,
        document: json!({"text": "x"}).as_object().cloned().expect("an object"),
        at: Timestamp::UNIX_EPOCH,
        event: event(1),
        idempotency: None,
    };
    assert!(matches!(stores[0].add_note(note, &author()).await.expect("added"), Noted::Added));
    at_least(2).await;
}
