//! The server is killed while it delivers, repeatedly. Every event arrives, and the events of a
//! ticket arrive in order.
//!
//! The server is this program, started again with [`SERVE`] in its environment. Its clock runs
//! sixty times as fast, so that the leases of a killed server expire soon.
//! `EPISSURE_DELIVERY_EVENTS`, `EPISSURE_DELIVERY_ROUNDS` and `EPISSURE_CRASH_SEED` set the size
//! and the seed; `cargo xtask crash --deliveries` sets them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use epissure_app::clock::{Clock, SystemClock};
use epissure_app::entropy::{Entropy as _, SystemEntropy};
use epissure_app::{App, Settings};
use epissure_protocol::codes::Actor;
use epissure_protocol::event::EventKind;
use epissure_protocol::names::{EventId, NoteId, TicketId};
use epissure_store::suite::samples;
use epissure_store::{
    Access as _, Author, Contract, Deliveries as _, DeliveryState, NewEvent, NewNote, NewTicket, Noted,
    Notes as _, Operator, Standing, StoredTarget, TargetSecrets, TargetState, Tickets as _,
};
use epissure_store_sqlite::{FILE_NAME, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{code, pair, target};

/// Environment variable with the folder to serve.
const SERVE: &str = "EPISSURE_DELIVERY_SERVE";
/// Factor by which the server's clock is faster.
const HASTE: i32 = 60;
/// Number of events of each ticket.
const EACH: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_arrives_in_order_although_the_server_is_killed() {
    if let Some(folder) = std::env::var_os(SERVE) {
        return serve(&PathBuf::from(folder)).await;
    }
    let events = number("EPISSURE_DELIVERY_EVENTS").unwrap_or(2_000);
    let rounds = number("EPISSURE_DELIVERY_ROUNDS").unwrap_or(3);
    let mut random = StdRng::seed_from_u64(number("EPISSURE_CRASH_SEED").unwrap_or(1));
    let folder = tempfile::tempdir().unwrap();
    let arrived = Arrived::default();
    let url = receiver(arrived.clone()).await;
    let sent = queue(folder.path(), &url, events as usize).await;
    let started = Instant::now();
    for round in 1..=rounds {
        let server = Server::start(folder.path());
        // Each killed server has begun to deliver, and work remains for the last rounds.
        let enough =
            arrived.count() + 1 + (events / (2 * rounds)) as usize * random.random_range(1..=100) / 100;
        arrived.wait_for(enough, round).await;
        drop(server);
    }
    let killed = arrived.count();
    let server = Server::start(folder.path());
    while counts(folder.path()).await != [(DeliveryState::Delivered, events)] {
        assert!(
            started.elapsed() < Duration::from_secs(1800),
            "it never ends: {:?}",
            counts(folder.path()).await
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    drop(server);
    let again = arrived.compare(&sent);
    println!(
        "kill -9: {events} events, {killed} arrived before the last of {rounds} kills; 0 lost, 0 out of order, {again} arrived \
         again, {:.1} s",
        started.elapsed().as_secs_f64()
    );
}

fn number(variable: &str) -> Option<u64> {
    Some(std::env::var(variable).ok()?.parse().unwrap_or_else(|_| panic!("{variable} is not a number")))
}

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(&epissure_store_sqlite::Settings::new(folder.join(FILE_NAME))).unwrap()
}

async fn counts(folder: &Path) -> Vec<(DeliveryState, u64)> {
    open(folder).delivery_counts(&pair()).await.unwrap()
}

// The server.

/// A clock that is faster than real time.
struct Hasty(Instant, Timestamp);

impl Clock for Hasty {
    fn now(&self) -> Timestamp {
        self.1 + SignedDuration::try_from(self.0.elapsed()).unwrap() * HASTE
    }
}

async fn serve(folder: &Path) {
    // The clock starts after the last instant of the previous server.
    let then = std::fs::read_to_string(folder.join("clock")).ok().and_then(|text| text.parse().ok());
    let begins = then.map_or_else(|| SystemClock.now(), |then: Timestamp| then.max(SystemClock.now()));
    let clock = Arc::new(Hasty(Instant::now(), begins));
    let store = Arc::new(open(folder));
    let app = Arc::new(App::new(store, clock.clone(), Arc::new(SystemEntropy), Settings::default()));
    let _background = epissure_server::background::start(&app, "http://127.0.0.1:1");
    loop {
        std::fs::write(folder.join("clock"), clock.now().to_string()).unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The server's process, killed when dropped.
struct Server(Child);

impl Server {
    fn start(folder: &Path) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "crash::every_event_arrives_in_order_although_the_server_is_killed",
                "--nocapture",
            ])
            .env(SERVE, folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

// The queue.

/// Fills a database with tickets and their events. Returns the events of each ticket, in order.
async fn queue(folder: &Path, url: &str, events: usize) -> HashMap<TicketId, Vec<EventId>> {
    let store = Arc::new(open(folder));
    let by = Author::system(SystemClock.now());
    for operator in ["FTEL", "SFRA"] {
        let operator = Operator {
            code: code(operator),
            name: operator.to_owned(),
            is_oi: true,
            is_oc: true,
            siren: None,
            strict_creation: false,
        };
        store.put_operator(operator, &by).await.unwrap();
    }
    let pair = pair();
    let (oi, oc) = (pair.oi.clone(), pair.oc.clone());
    let contract = Contract { oi, oc, answer_delay: 1, validation_delay: 1, bulk_limit: 1, rate: None };
    store.put_contract(contract, &by).await.unwrap();
    let mut target = target(url);
    target.allow = vec!["127.0.0.1".to_owned()];
    let secrets = TargetSecrets { signing: Vec::new(), credential: None };
    let standing = Standing::new(TargetState::Active);
    store.put_target(StoredTarget { pair, target, secrets, standing }, &by).await.unwrap();
    // Tickets are written concurrently, so that their writes share commits.
    let mut tickets = JoinSet::new();
    for number in 0..events / EACH {
        tickets.spawn(fill(Arc::clone(&store), number as u64));
    }
    tickets.join_all().await.into_iter().collect()
}

async fn fill(store: Arc<SqliteStore>, number: u64) -> (TicketId, Vec<EventId>) {
    let by = Author::system(SystemClock.now());
    let mut ticket = samples::ticket(&mut StdRng::seed_from_u64(number));
    (ticket.code_oi, ticket.code_oc) = (pair().oi, pair().oc);
    ticket.status = epissure_protocol::codes::Status::InProgress;
    let id = ticket.id;
    store.open(NewTicket { ticket, findings: Vec::new(), idempotency: None }, &by).await.unwrap();
    let mut events = Vec::with_capacity(EACH);
    for number in 0..EACH {
        let at = SystemClock.now();
        let event =
            NewEvent { id: EventId(SystemEntropy.uuid(at)), kind: EventKind::NoteCreate, at, by: Actor::Oi };
        let Value::Object(document) = json!({"text": number.to_string()}) else { unreachable!() };
        let note = NoteId(SystemEntropy.uuid(at));
        let new = NewNote { id: note, ticket: id, document, at, event, idempotency: None };
        assert!(matches!(store.add_note(new, &by).await.unwrap(), Noted::Added));
        events.push(event.id);
    }
    (id, events)
}

// The target.

/// Arrived events, in the order of their arrival.
#[derive(Clone, Default)]
struct Arrived(Arc<Mutex<Vec<(TicketId, EventId)>>>);

async fn receiver(arrived: Arrived) -> String {
    async fn take(State(arrived): State<Arrived>, body: String) {
        let event: Value = serde_json::from_str(&body).unwrap();
        let text = |member: &str| event[member].as_str().unwrap().to_owned();
        let (ticket, id) = (TicketId::parse(&text("subject")).unwrap(), EventId::parse(&text("id")).unwrap());
        arrived.0.lock().unwrap().push((ticket, id));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/event", listener.local_addr().unwrap());
    let router = Router::new().route("/event", post(take)).with_state(arrived);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

impl Arrived {
    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    async fn wait_for(&self, enough: usize, round: u64) {
        let began = Instant::now();
        while self.count() < enough {
            assert!(began.elapsed() < Duration::from_secs(120), "round {round}: nothing arrives");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Fails when an event is missing or out of order. Returns the number of duplicates.
    fn compare(&self, sent: &HashMap<TicketId, Vec<EventId>>) -> usize {
        let arrived = self.0.lock().unwrap();
        let mut next: HashMap<TicketId, usize> = HashMap::new();
        let mut again = 0;
        for (ticket, event) in arrived.iter() {
            let place =
                sent[ticket].iter().position(|known| known == event).expect("an event of that ticket");
            let next = next.entry(*ticket).or_default();
            assert!(place <= *next, "{event} came before one that precedes it");
            again += usize::from(place < *next);
            // A duplicate repeats the last arrived event: its successor waits for the
            // acknowledgement.
            assert!(place + 1 >= *next, "{event} came again after its successors");
            *next = (*next).max(place + 1);
        }
        for (ticket, events) in sent {
            assert_eq!(next.get(ticket), Some(&events.len()), "events of {ticket} are missing");
        }
        again
    }
}
