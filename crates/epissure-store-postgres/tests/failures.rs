//! Requests to a database that does not respond, is read-only, or is unsuitable.

use std::sync::Arc;
use std::time::Duration;

use epissure_filter::{Options, Plan, Query};
use epissure_protocol::codes::{Actor, Status};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::event::EventKind;
use epissure_protocol::names::{EventId, OperatorCode, Version};
use epissure_protocol::ticket::Ticket;
use epissure_store::suite::samples::{self, author};
use epissure_store::{
    Access as _, CATALOG, Events as _, ListRequest, NewEvent, NewTicket, Start, StoreError, TicketChange,
    Tickets as _, Viewer, Written,
};
use epissure_store_postgres::testing::{Cut, FaultProxy, TestDatabase};
use epissure_store_postgres::{Address, OpenError, PostgresStore, Settings};
use jiff::Timestamp;
use uuid::Uuid;

fn oi() -> Viewer {
    Viewer::Oi(OperatorCode::parse(samples::OI).expect("a code"))
}

fn ticket() -> Ticket {
    let mut ticket = samples::ticket(&mut rand::SeedableRng::seed_from_u64(1));
    ticket.status = Status::InProgress;
    ticket
}

async fn opened(store: &PostgresStore) -> Ticket {
    let ticket = ticket();
    let new = NewTicket { ticket: ticket.clone(), findings: Vec::new(), idempotency: None };
    store.open(new, &author()).await.expect("opened");
    ticket
}

fn change(ticket: &Ticket, number: u128) -> TicketChange {
    let mut after = ticket.clone();
    after.version = Version(Uuid::from_u128(number));
    let event = NewEvent {
        id: EventId(Uuid::from_u128(number)),
        kind: EventKind::Update,
        at: Timestamp::UNIX_EPOCH,
        by: Actor::Oi,
    };
    TicketChange { ticket: after, expected: ticket.version, findings: None, event }
}

async fn version(store: &PostgresStore, ticket: &Ticket) -> Version {
    let stored = store.ticket(ticket.id, &oi()).await.expect("read").expect("there");
    serde_json::from_str::<Ticket>(&stored.document).expect("a ticket").version
}

fn is_unavailable<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Unavailable(_)))
}

/// The caller is asked to retry, and then finds that nothing or everything was written, never
/// twice.
#[tokio::test]
async fn a_connection_lost_during_a_commit_is_told_and_nothing_is_written_twice() {
    let database = TestDatabase::create().await;
    let proxy = FaultProxy::start(&database).await;
    let through = PostgresStore::open(&proxy.settings(&database)).await.expect("opened");
    let beside = database.open().await;
    let before = opened(&beside).await;
    for (cut, number, happened) in [(Cut::BeforeCommit, 1, false), (Cut::AfterCommit, 2, true)] {
        proxy.cut(cut);
        let answer = through.change(change(&before, number), &author()).await;
        assert!(is_unavailable(&answer), "{cut:?}: {answer:?}");
        proxy.cut(Cut::Never);
        let events = beside.events_after(0, oi(), 100, usize::MAX).await.expect("read");
        assert_eq!(events.len(), usize::from(happened), "{cut:?}");
        let expected = if happened { Version(Uuid::from_u128(number)) } else { before.version };
        assert_eq!(version(&beside, &before).await, expected, "{cut:?}");
        // Retried, as the caller would: written once.
        let again = through.change(change(&before, number), &author()).await.expect("answered");
        assert_eq!(again, if happened { Written::Stale } else { Written::Done }, "{cut:?}");
        if !happened {
            let undo = change(&Ticket { version: Version(Uuid::from_u128(number)), ..before.clone() }, 90);
            let back = TicketChange { ticket: before.clone(), ..undo };
            assert_eq!(through.change(back, &author()).await.expect("answered"), Written::Done);
            database.batch("TRUNCATE event CASCADE").await;
        }
    }
}

/// Callers that share a commit all get the lost connection as an error. Each then finds that
/// nothing or everything of its own job was written.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_lost_during_a_commit_of_many_is_told_to_each_of_them() {
    const WRITERS: u64 = 24;
    let database = TestDatabase::create().await;
    let proxy = FaultProxy::start(&database).await;
    let through = Arc::new(PostgresStore::open(&proxy.settings(&database)).await.expect("opened"));
    let beside = database.open().await;
    for (cut, round) in [(Cut::BeforeCommit, 1), (Cut::AfterCommit, 2)] {
        let mut tickets = Vec::new();
        for number in 0..WRITERS {
            let mut ticket = samples::ticket(&mut rand::SeedableRng::seed_from_u64(100 * round + number));
            ticket.status = Status::InProgress;
            let new = NewTicket { ticket: ticket.clone(), findings: Vec::new(), idempotency: None };
            beside.open(new, &author()).await.expect("opened");
            tickets.push(ticket);
        }
        proxy.cut(cut);
        let asked: Vec<_> = tickets
            .iter()
            .enumerate()
            .map(|(number, ticket)| {
                let (store, change) =
                    (Arc::clone(&through), change(ticket, u128::from(round) << 32 | number as u128));
                tokio::spawn(async move { store.change(change, &author()).await })
            })
            .collect();
        for answer in asked {
            let answer = answer.await.expect("answered");
            assert!(is_unavailable(&answer), "{cut:?}: {answer:?}");
        }
        proxy.cut(Cut::Never);
        let mut changed = 0;
        for ticket in &tickets {
            changed += usize::from(version(&beside, ticket).await != ticket.version);
        }
        let events = beside.events_after(0, oi(), 1_000, usize::MAX).await.expect("read");
        assert_eq!(events.len(), changed, "{cut:?}: each with its event");
        assert_eq!(changed > 0, cut == Cut::AfterCommit, "{cut:?}");
    }
}

#[tokio::test]
async fn a_store_whose_connections_were_cut_makes_others() {
    let database = TestDatabase::create().await;
    let store = database.open().await;
    let ticket = opened(&store).await;
    database
        .batch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    let mut told = 0;
    loop {
        let answer = store.change(change(&ticket, 1), &author()).await;
        match answer {
            Ok(written) => break assert_eq!(written, Written::Done),
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
        }
        told += 1;
        assert!(told < 5, "and soon");
    }
    while store.check().await.is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_database_that_may_only_be_read_is_read_and_writes_are_told_to_wait() {
    let database = TestDatabase::create().await;
    let ticket = opened(&database.open().await).await;
    database
        .batch(
            "DO $$ BEGIN
                 EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
             END $$",
        )
        .await;
    let store = database.open().await;
    assert_eq!(version(&store, &ticket).await, ticket.version);
    assert!(is_unavailable(&store.change(change(&ticket, 1), &author()).await));
}

/// A connection may outlive its server's role as primary: if kept, it would refuse every write from
/// then on.
#[tokio::test]
async fn a_connection_that_may_not_write_is_left_for_one_that_may() {
    let database = TestDatabase::create().await;
    let ticket = opened(&database.open().await).await;
    let read_only = |value: &str| {
        format!(
            "DO $$ BEGIN
                 EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {value}', current_database());
             END $$"
        )
    };
    database.batch(&read_only("on")).await;
    let store = database.open().await;
    assert!(is_unavailable(&store.change(change(&ticket, 1), &author()).await));
    // A session has the settings of its start: only a new one may write.
    database.batch(&format!("BEGIN READ WRITE; {}; COMMIT", read_only("off"))).await;
    assert_eq!(store.change(change(&ticket, 1), &author()).await.expect("answered"), Written::Done);
}

fn plan(raw: &str) -> Plan {
    Plan::new(&Query::parse(raw, &Dialect::Interop20, &Options::default()).expect("a query"), &CATALOG)
}

#[tokio::test]
async fn a_query_that_reads_too_much_is_stopped() {
    let database = TestDatabase::create().await;
    database.batch(include_str!("plans.sql")).await;
    let settings = Settings { query_budget: Duration::from_millis(2), ..database.settings() };
    let store = PostgresStore::open(&settings).await.expect("opened");
    for raw in ["description[regex]=a.*b", "name[regex]=4711$", "status=CLOSED&sort=description"] {
        let answer = store.count(oi(), plan(&format!("{raw}&description[regex]=y")), samples::now()).await;
        assert!(matches!(answer, Err(StoreError::TooExpensive)), "{raw}: {answer:?}");
    }
    let patient = database.open().await;
    assert_eq!(patient.count(oi(), plan("name[regex]=voie 17$"), samples::now()).await.expect("counted"), 1);
}

#[tokio::test]
async fn a_table_that_another_session_has_locked_makes_queries_unavailable_and_not_too_expensive() {
    let database = TestDatabase::create().await;
    let settings = Settings { query_budget: Duration::from_millis(800), ..database.settings() };
    let store = PostgresStore::open(&settings).await.expect("opened");
    opened(&store).await;
    let locking =
        database.batch("BEGIN; LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); ROLLBACK");
    let asking = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        store.count(oi(), plan("status=CLOSED"), samples::now()).await
    };
    let ((), answer) = tokio::join!(locking, asking);
    assert!(is_unavailable(&answer), "{answer:?}");
    store.count(oi(), plan("status=CLOSED"), samples::now()).await.expect("counted");
}

#[tokio::test]
async fn scans_wait_their_turn_and_too_many_are_refused_at_once() {
    let database = TestDatabase::create().await;
    let store = database.open().await;
    opened(&store).await;
    let scan = || store.count(oi(), plan("description[regex]=x"), samples::now());
    let scans = futures_util::future::join_all((0..12).map(|_| scan())).await;
    // One runs at a time, and eight are queued.
    assert_eq!(scans.iter().filter(|answer| answer.is_ok()).count(), 9);
    assert_eq!(scans.iter().filter(|answer| is_unavailable(answer)).count(), 3);
    assert!(scan().await.is_ok(), "and once they are done there is room again");
}

#[tokio::test]
async fn a_schema_that_is_newer_is_left_alone() {
    let database = TestDatabase::create().await;
    database
        .batch(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
             VALUES (999, 'the_future', '', '0')",
        )
        .await;
    let refused = PostgresStore::open(&database.settings()).await;
    assert!(matches!(refused, Err(OpenError::Store(StoreError::NewerSchema))));
}

/// Servers are upgraded one after the other: the first of them migrates the schema.
#[tokio::test]
async fn a_server_that_runs_goes_on_when_a_newer_one_has_made_the_next_step() {
    let database = TestDatabase::create().await;
    let runs = database.open().await;
    let ticket = opened(&runs).await;
    assert_eq!(runs.change(change(&ticket, 1), &author()).await.expect("answered"), Written::Done);
    let listed = |store| async move {
        let request = ListRequest {
            viewer: oi(),
            plan: plan("sort=-creationDate"),
            start: Start::Offset(0),
            limit: 10,
            now: samples::now(),
        };
        PostgresStore::list(store, request).await.expect("listed").total
    };
    assert_eq!(listed(&runs).await, 1);
    // A migration only adds, so that both versions work with the result.
    database
        .batch(
            "ALTER TABLE ticket ADD COLUMN of_the_future text;
             ALTER TABLE event ADD COLUMN of_the_future bigint NOT NULL DEFAULT 0;
             CREATE TABLE the_future (id bigint);
             CREATE INDEX ticket_by_the_future ON ticket (of_the_future);
             INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
             VALUES (999, 'the_future', '', '0')",
        )
        .await;
    let after = Ticket { version: Version(Uuid::from_u128(1)), ..ticket.clone() };
    assert_eq!(runs.change(change(&after, 2), &author()).await.expect("answered"), Written::Done);
    assert_eq!(version(&runs, &ticket).await, Version(Uuid::from_u128(2)));
    assert_eq!(listed(&runs).await, 1);
    assert_eq!(runs.events_after(0, oi(), 10, usize::MAX).await.expect("read").len(), 2);
    runs.check().await.expect("ready");
}

#[tokio::test]
async fn a_role_that_only_reads_and_writes_rows_serves_but_makes_no_schema() {
    let database = TestDatabase::create().await;
    let role = format!("epissure_test_role_{}", std::process::id());
    database
        .batch(&format!(
            "CREATE ROLE {role} LOGIN;
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
             GRANT pg_read_all_stats TO {role};
             REVOKE CREATE ON SCHEMA public FROM PUBLIC"
        ))
        .await;
    let address = |url: &str| {
        let (_, rest) = url.split_once('@').expect("an address with a user");
        Address::parse(&format!("postgres://{role}@{rest}"), &|_| None).expect("an address")
    };
    let settings = Settings { address: address(&database.url), ..database.settings() };
    let serves = PostgresStore::open(&settings).await.expect("the schema is there");
    opened(&serves).await;
    drop(serves);
    database.batch("DELETE FROM refinery_schema_history").await;
    let refused = PostgresStore::open(&settings).await;
    assert!(matches!(&refused, Err(OpenError::Rights { what }) if what.contains("permission denied")));
    database.batch(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn a_database_that_does_not_keep_every_text_is_told_of() {
    let database = TestDatabase::create().await;
    let name = format!("epissure_test_ascii_{}", std::process::id());
    database
        .batch(&format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"))
        .await;
    let address = database.settings().address.with_database(&name);
    let refused = PostgresStore::open(&Settings { address, ..database.settings() }).await;
    database.batch(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
    assert!(matches!(&refused, Err(OpenError::Encoding { encoding }) if encoding == "SQL_ASCII"));
}

#[tokio::test]
async fn a_database_without_tables_is_not_given_any_unasked() {
    let database = TestDatabase::create().await;
    database.batch("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    let settings = Settings { create: false, ..database.settings() };
    assert!(matches!(PostgresStore::open(&settings).await, Err(OpenError::Empty)));
    let nowhere = Address::parse("postgres://nobody@127.0.0.1:1/nothing", &|_| None).expect("an address");
    let refused = PostgresStore::open(&Settings::new(nowhere)).await;
    assert!(matches!(refused, Err(OpenError::Refused { .. })));
}
