//! The server is killed under load, repeatedly. Every acknowledged write is present when the
//! database is opened again.
//!
//! The server is this program, started again with [`SERVE`] in its environment.
//! `EPISSURE_CRASH_ROUNDS` and `EPISSURE_CRASH_SEED` set the number of rounds and the seed;
//! `cargo xtask crash` sets them.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use epissure_app::clock::{Clock as _, SystemClock};
use epissure_app::entropy::SystemEntropy;
use epissure_app::{App, oauth};
use epissure_filter::{Options, Plan, Query};
use epissure_protocol::codes::{Reason, Status};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::names::{OperatorCode, TicketId, Version};
use epissure_protocol::ticket::Ticket;
use epissure_server::listener::Limits;
use epissure_server::{Server, Settings};
use epissure_store::{
    Access as _, Author, CATALOG, Client, ClientId, Events as _, ListRequest, Operator, Role, Start,
    Tickets as _, Viewer,
};
use epissure_store_sqlite::{FILE_NAME, SqliteStore};
use epissure_testkit::fixtures;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Environment variable with the folder to serve.
const SERVE: &str = "EPISSURE_CRASH_SERVE";
const MOUNT: &str = "/api/v2/anomalie-adresse";
const WRITERS: usize = 16;
/// Building of every ticket.
const BUILDING: &str = "IMB/09001/X/000E";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    if let Some(folder) = std::env::var_os(SERVE) {
        return serve(&PathBuf::from(folder)).await;
    }
    let rounds = number("EPISSURE_CRASH_ROUNDS").unwrap_or(4);
    let mut random = StdRng::seed_from_u64(number("EPISSURE_CRASH_SEED").unwrap_or(1));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let started = Instant::now();
    let mut ledger = Ledger::default();
    for round in 1..=rounds {
        let patience = Duration::from_millis(random.random_range(20..600));
        kill_under_load(folder.path(), patience, &mut ledger).await;
        let lost = ledger.compare(folder.path(), round).await;
        assert!(lost.is_empty(), "round {round}: {lost:#?}");
    }
    println!(
        "kill -9: {} acknowledged ({} tickets), 0 lost, {rounds} rounds, {:.1} s",
        ledger.acknowledged,
        ledger.tickets.len(),
        started.elapsed().as_secs_f64()
    );
}

fn number(variable: &str) -> Option<u64> {
    Some(std::env::var(variable).ok()?.parse().unwrap_or_else(|_| panic!("{variable} is not a number")))
}

// The server.

async fn serve(folder: &Path) {
    let store = open(folder);
    let settings = epissure_app::Settings { token_quota: u32::MAX, ..epissure_app::Settings::default() };
    for (code, role) in [("FTEL", Role::Oi), ("SFRA", Role::Oc)] {
        populate(&store, code, role).await;
    }
    let app = Arc::new(App::new(Arc::new(store), Arc::new(SystemClock), Arc::new(SystemEntropy), settings));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let server = Server::new(app, Settings::new(&base));
    println!("{base}");
    server.serve(listener, Limits::default(), std::future::pending()).await.expect("a listener");
}

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(&epissure_store_sqlite::Settings::new(folder.join(FILE_NAME)))
        .expect("a sound database")
}

fn code(text: &str) -> OperatorCode {
    text.parse().expect("an operator code")
}

async fn populate(store: &SqliteStore, operator: &str, role: Role) {
    let by = Author::system(SystemClock.now());
    let (is_oi, is_oc) = (role == Role::Oi, role == Role::Oc);
    let known = Operator {
        code: code(operator),
        name: operator.to_owned(),
        is_oi,
        is_oc,
        siren: None,
        strict_creation: false,
    };
    store.put_operator(known, &by).await.expect("an operator");
    let client = Client {
        id: ClientId(operator.to_owned()),
        operator: code(operator),
        role,
        scopes: oauth::SCOPES.iter().map(|scope| scope.name.to_owned()).collect(),
        secret: oauth::secret::hash_made(fixtures::SECRET),
        revoked: None,
        created: SystemClock.now(),
    };
    store.add_client(client, &by).await.expect("a client");
}

/// The server's process, killed when dropped.
struct Process {
    child: Child,
    base: String,
}

impl Process {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "nothing_acknowledged_is_lost_when_the_server_is_killed", "--nocapture"])
            .env(SERVE, folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("another process");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        // The test runner prints other text before the address, on the same line or above.
        let address = output.lines().map_while(Result::ok).find_map(|line| {
            let at = line.find("http://")?;
            Some(line[at..].trim().to_owned())
        });
        let mut process = Self { child, base: String::new() };
        process.base = address.expect("the address of the server");
        process
    }

    fn kill(&mut self) {
        self.child.kill().expect("a process to kill");
        self.child.wait().expect("the end of the process");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

// The writers.

/// Returns the steps of a ticket's life: role and body. The first step opens the ticket.
fn script() -> Vec<(Role, Value)> {
    let qualification = json!({
        "status": "IN_PROGRESS", "expectedResolutionDate": "2035-01-21T12:00:00Z", "complexity": "SIMPLE",
        "zone": "ZMD"
    });
    let question = json!({
        "status": "PENDING", "statusChangeReason": "WAITING_INFORMATION", "statusChangeDetails": "Which door?"
    });
    vec![
        (Role::Oc, fixtures::modification()),
        (Role::Oi, qualification),
        (Role::Oi, question),
        (Role::Oc, json!({"status": "ACKNOWLEDGED", "statusChangeReason": "INFORMATION_PROVIDED"})),
        (Role::Oi, json!({"status": "IN_PROGRESS"})),
        (Role::Oi, json!({"status": "RESOLVED", "statusChangeReason": "RESOLVED"})),
        (Role::Oc, json!({"status": "CLOSED", "statusChangeReason": "RESOLUTION_ACCEPTED"})),
    ]
}

/// History that results from the script.
const HISTORY: &[(Status, Option<Reason>)] = &[
    (Status::Acknowledged, None),
    (Status::InProgress, None),
    (Status::Pending, Some(Reason::WaitingInformation)),
    (Status::Acknowledged, Some(Reason::InformationProvided)),
    (Status::InProgress, None),
    (Status::Resolved, Some(Reason::Resolved)),
    (Status::Closed, Some(Reason::ResolutionAccepted)),
];

/// An acknowledged write: the ticket has reached this step, and has this version.
#[derive(Debug, Clone, Copy)]
struct Acknowledged {
    id: TicketId,
    version: Version,
    step: usize,
}

#[derive(Clone)]
struct Writer {
    http: reqwest::Client,
    base: String,
    oi: String,
    oc: String,
}

impl Writer {
    async fn login(base: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let (oi, oc) = (token(&http, base, "FTEL").await, token(&http, base, "SFRA").await);
        Self { http, base: base.to_owned(), oi, oc }
    }

    /// Runs the script for one ticket after another until the server is killed.
    async fn write(self) -> Vec<Acknowledged> {
        let script = script();
        let mut acknowledged: Vec<Acknowledged> = Vec::new();
        loop {
            let mut last = None;
            for (step, (role, body)) in script.iter().enumerate() {
                let Some((id, version)) = self.send(*role, last, body).await else { return acknowledged };
                acknowledged.push(Acknowledged { id, version, step });
                last = Some((id, version));
            }
        }
    }

    /// Sends a request. Returns `None` if the server did not respond.
    async fn send(
        &self,
        role: Role,
        to: Option<(TicketId, Version)>,
        body: &Value,
    ) -> Option<(TicketId, Version)> {
        let request = match to {
            None => self.http.post(format!("{}{MOUNT}", self.base)),
            Some((id, version)) => self
                .http
                .request(Method::PATCH, format!("{}{MOUNT}/{id}", self.base))
                .header("if-match", format!("\"{version}\"")),
        };
        let token = if role == Role::Oi { &self.oi } else { &self.oc };
        let response = request.bearer_auth(token).json(body).send().await.ok()?;
        let status = response.status();
        // A partial response is no acknowledgement.
        let text = response.text().await.ok()?;
        assert!(matches!(status, StatusCode::OK | StatusCode::CREATED), "{status}: {text}");
        let ticket: Value = serde_json::from_str(&text).expect("a ticket");
        let member = |name: &str| ticket[name].as_str().expect("a member").to_owned();
        let id = TicketId::parse(&member("id")).expect("an identifier");
        Some((id, Version::parse(&member("@version")).expect("a version")))
    }
}

async fn token(http: &reqwest::Client, base: &str, client: &str) -> String {
    let form = [("grant_type", "client_credentials")];
    let request = http.post(format!("{base}/oauth/v2/token"));
    let answer = request.basic_auth(client, Some(fixtures::SECRET)).form(&form).send().await;
    let answer: Value = answer.expect("an answer").json().await.expect("a token");
    answer["access_token"].as_str().expect("a token").to_owned()
}

async fn kill_under_load(folder: &Path, patience: Duration, ledger: &mut Ledger) {
    let mut process = Process::start(folder);
    let writer = Writer::login(&process.base).await;
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(writer.clone().write());
    }
    tokio::time::sleep(patience).await;
    process.kill();
    while let Some(acknowledged) = writers.join_next().await {
        ledger.note(&acknowledged.expect("a writer that did not fail"));
    }
}

// The comparison.

/// Acknowledged writes of all rounds.
#[derive(Default)]
struct Ledger {
    acknowledged: usize,
    tickets: HashMap<TicketId, Acknowledged>,
}

impl Ledger {
    fn note(&mut self, acknowledged: &[Acknowledged]) {
        self.acknowledged += acknowledged.len();
        self.tickets.extend(acknowledged.iter().map(|last| (last.id, *last)));
    }

    /// Opens the database, compares it with the ledger, and returns the differences.
    async fn compare(&self, folder: &Path, rounds: u64) -> Vec<String> {
        let store = open(folder);
        let mut wrong = store.integrity().await.expect("an answer");
        let present = every_ticket(&store).await;
        for acknowledged in self.tickets.values() {
            match present.get(&acknowledged.id) {
                None => wrong.push(format!("lost: {acknowledged:?}")),
                Some(ticket) => wrong.extend(acknowledged.misses(ticket)),
            }
        }
        wrong.extend(present.values().filter_map(incoherent));
        // A writer has at most one request in progress, whose effect may be present or absent.
        let unknown = present.keys().filter(|id| !self.tickets.contains_key(id)).count();
        if unknown > WRITERS * usize::try_from(rounds).unwrap_or(usize::MAX) {
            wrong.push(format!("{unknown} tickets that nobody opened"));
        }
        // Each change has an event, and each event a change.
        let told = every_event(&store).await;
        wrong.extend(present.values().filter_map(|ticket| untold(ticket, told.get(&ticket.id))));
        wrong.extend(
            told.keys()
                .filter(|id| !present.contains_key(*id))
                .map(|id| format!("an event of nothing: {id}")),
        );
        // Indexed values agree with the documents.
        let of_building = count(&store, &format!("relatedEntity.id={BUILDING}")).await;
        if of_building != present.len() as u64 {
            wrong.push(format!("{of_building} tickets of the building instead of {}", present.len()));
        }
        for status in Status::ALL {
            let documents = present.values().filter(|ticket| ticket.status == *status).count() as u64;
            let columns = count(&store, &format!("status={status}")).await;
            if columns != documents {
                wrong.push(format!("{columns} tickets {status} instead of {documents}"));
            }
        }
        wrong
    }
}

impl Acknowledged {
    /// Returns the acknowledged state that the ticket lacks, if any.
    fn misses(&self, ticket: &Ticket) -> Option<String> {
        let step = ticket.status_change.len() - 1;
        let same = step == self.step && ticket.version == self.version;
        // The next step was in progress when the server was killed.
        let next = step == self.step + 1 && ticket.version != self.version;
        (!same && !next).then(|| format!("{self:?} is at step {step}, version {}", ticket.version))
    }
}

/// Returns the inconsistency of a ticket, if any.
fn incoherent(ticket: &Ticket) -> Option<String> {
    let history = &ticket.status_change;
    let as_scripted = history.len() <= HISTORY.len()
        && history.iter().zip(HISTORY).all(|(line, (status, reason))| {
            line.status == *status && line.change_reason == *reason && line.author.is_some()
        });
    let in_order = history.is_sorted_by_key(|line| line.change_date);
    let last = history.last()?;
    let at_the_top = ticket.status == last.status
        && ticket.status_change_reason == last.change_reason
        && ticket.last_update_date == last.change_date
        && (history.len() == 1 || ticket.status_change_date == Some(last.change_date));
    let coherent = as_scripted && in_order && at_the_top && ticket.building_ids().eq([BUILDING]);
    (!coherent).then(|| format!("incoherent: {ticket:?}"))
}

/// Returns the inconsistency of a ticket with its events, if any. Each change has one event, and
/// the last event contains the final state.
fn untold(ticket: &Ticket, told: Option<&Vec<Ticket>>) -> Option<String> {
    let changes = ticket.status_change.len() - 1;
    let told = told.map_or(&[][..], Vec::as_slice);
    let all = told.len() == changes && told.last().is_none_or(|last| last == ticket);
    (!all).then(|| format!("{} events of {changes} changes: {ticket:?}", told.len()))
}

fn plan(query: &str) -> Plan {
    let query = Query::parse(query, &Dialect::Interop20, &Options::default()).expect("a query");
    Plan::new(&query, &CATALOG)
}

async fn count(store: &SqliteStore, query: &str) -> u64 {
    store.count(viewer(), plan(query), SystemClock.now()).await.expect("a count")
}

fn viewer() -> Viewer {
    Viewer::Oc(code("SFRA"))
}

/// Returns the documents in the events of each ticket, in the order of the events.
async fn every_event(store: &SqliteStore) -> HashMap<TicketId, Vec<Ticket>> {
    #[derive(serde::Deserialize)]
    struct Event {
        data: Ticket,
    }
    let mut told: HashMap<TicketId, Vec<Ticket>> = HashMap::new();
    for stored in store.events_after(0, viewer(), u32::MAX - 1, usize::MAX).await.expect("the events") {
        let Event { data } = serde_json::from_str(&stored.document).expect("an event that can be read");
        told.entry(data.id).or_default().push(data);
    }
    told
}

/// Reads every ticket, page after page: the store ends a page at its bound of bytes.
async fn every_ticket(store: &SqliteStore) -> HashMap<TicketId, Ticket> {
    let mut tickets = HashMap::new();
    let mut read = 0;
    loop {
        let request = ListRequest {
            viewer: viewer(),
            plan: plan(""),
            start: Start::Offset(read),
            limit: u32::MAX,
            now: SystemClock.now(),
        };
        let page = store.list(request).await.expect("a page");
        for stored in &page.rows {
            let ticket: Ticket = serde_json::from_str(&stored.document).expect("a document that can be read");
            tickets.insert(ticket.id, ticket);
        }
        read += page.rows.len() as u64;
        if page.rows.is_empty() || read >= page.total {
            assert_eq!(tickets.len() as u64, page.total, "no identifier is there twice");
            return tickets;
        }
    }
}
