//! The server is killed while files arrive and are checked, repeatedly. The next server checks each
//! acknowledged file once, and removes the remains of failed uploads.
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

use epissure_app::attachments::{self, Content, Files};
use epissure_app::clock::{Clock, SystemClock};
use epissure_app::entropy::SystemEntropy;
use epissure_app::{App, oauth};
use epissure_protocol::attachment::{Attachment, AttachmentStatus};
use epissure_protocol::names::{AttachmentId, OperatorCode, TicketId};
use epissure_server::listener::Limits;
use epissure_server::{Server, Settings, background};
use epissure_store::{Author, Client, ClientId, Operator, Role, Viewer};
use epissure_store_sqlite::{FILE_NAME, SqliteStore};
use epissure_testkit::fixtures;
use futures_util::TryStreamExt as _;
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Environment variable with the folder to serve.
const SERVE: &str = "EPISSURE_CRASH_ATTACHMENTS_SERVE";
const MOUNT: &str = "/api/v2/anomalie-adresse";
const SENDERS: usize = 8;
/// Maximum number of files that a sender attaches to one ticket.
const PER_TICKET: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_file_is_checked_although_the_server_is_killed() {
    if let Some(folder) = std::env::var_os(SERVE) {
        return serve(&PathBuf::from(folder)).await;
    }
    let rounds = number("EPISSURE_CRASH_ROUNDS").unwrap_or(4);
    let mut random = StdRng::seed_from_u64(number("EPISSURE_CRASH_SEED").unwrap_or(1));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (started, mut acknowledged) = (Instant::now(), HashMap::new());
    let mut repaired = 0;
    for round in 1..=rounds {
        let patience = Duration::from_millis(random.random_range(30..700));
        acknowledged.extend(kill_under_load(folder.path(), patience, random.random()).await);
        repaired += compare(folder.path(), &acknowledged, round).await;
    }
    assert!(!acknowledged.is_empty());
    println!(
        "kill -9: {} files acknowledged, 0 lost, {repaired} checks left to the next, {rounds} rounds, {:.1} s",
        acknowledged.len(),
        started.elapsed().as_secs_f64()
    );
}

fn number(variable: &str) -> Option<u64> {
    Some(std::env::var(variable).ok()?.parse().unwrap_or_else(|_| panic!("{variable} is not a number")))
}

// The server.

/// A clock that is ahead, so that all waiting work is due.
struct Ahead(SignedDuration);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.0
    }
}

fn open(folder: &Path, ahead: SignedDuration) -> Arc<App> {
    let store = SqliteStore::open(&epissure_store_sqlite::Settings::new(folder.join(FILE_NAME)))
        .expect("a sound database");
    let settings = epissure_app::Settings { token_quota: u32::MAX, ..epissure_app::Settings::default() };
    let app = App::new(Arc::new(store), Arc::new(Ahead(ahead)), Arc::new(SystemEntropy), settings);
    Arc::new(app.with_files(Files::new(content(folder), attachments::LIMIT, None)))
}

fn content(folder: &Path) -> Content {
    Content::in_folder(&folder.join("attachments")).expect("a folder")
}

async fn serve(folder: &Path) {
    let app = open(folder, SignedDuration::ZERO);
    for (code, role) in [("FTEL", Role::Oi), ("SFRA", Role::Oc)] {
        populate(&app, code, role).await;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let background = background::start(&app, &base);
    let server = Server::new(app, Settings::new(&base));
    println!("{base}");
    server.serve(listener, Limits::default(), std::future::pending()).await.expect("a listener");
    drop(background);
}

async fn populate(app: &App, operator: &str, role: Role) {
    let by = Author::system(SystemClock.now());
    let code: OperatorCode = operator.parse().expect("an operator code");
    let (is_oi, is_oc) = (role == Role::Oi, role == Role::Oc);
    let name = operator.to_owned();
    let known = Operator { code: code.clone(), name, is_oi, is_oc, siren: None, strict_creation: false };
    app.store.put_operator(known, &by).await.expect("an operator");
    let client = Client {
        id: ClientId(operator.to_owned()),
        operator: code,
        role,
        scopes: oauth::SCOPES.iter().map(|scope| scope.name.to_owned()).collect(),
        secret: oauth::secret::hash_made(fixtures::SECRET),
        revoked: None,
        created: SystemClock.now(),
    };
    app.store.add_client(client, &by).await.expect("a client");
}

/// The server's process, killed when dropped.
struct Process {
    child: Child,
    base: String,
}

impl Process {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args([
                "--exact",
                "every_acknowledged_file_is_checked_although_the_server_is_killed",
                "--nocapture",
            ])
            .env(SERVE, folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("another process");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let address = output.lines().map_while(Result::ok).find_map(|line| {
            let at = line.find("http://")?;
            Some(line[at..].trim().to_owned())
        });
        let mut process = Self { child, base: String::new() };
        process.base = address.expect("the address of the server");
        process
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

// The senders.

/// Acknowledged attachments, with their ticket and the hash of the content.
type Acknowledged = HashMap<AttachmentId, (TicketId, String)>;

async fn kill_under_load(folder: &Path, patience: Duration, seed: u64) -> Acknowledged {
    let process = Process::start(folder);
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS as u64 {
        senders.spawn(send(process.base.clone(), StdRng::seed_from_u64(seed ^ sender)));
    }
    tokio::time::sleep(patience).await;
    drop(process);
    let sent = senders.join_all().await;
    sent.into_iter().flatten().collect()
}

/// Attaches one file after another until the server is killed.
async fn send(base: String, mut random: StdRng) -> Acknowledged {
    let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let mut acknowledged = Acknowledged::new();
    let form = [("grant_type", "client_credentials")];
    let request = http.post(format!("{base}/oauth/v2/token"));
    let asked = request.basic_auth("SFRA", Some(fixtures::SECRET)).form(&form);
    let Some(token) = answered(asked).await else { return acknowledged };
    let token = token["access_token"].as_str().expect("a token").to_owned();
    loop {
        let opened = http.post(format!("{base}{MOUNT}")).bearer_auth(&token).json(&fixtures::modification());
        let Some(ticket) = answered(opened).await else { return acknowledged };
        let ticket = TicketId::parse(ticket["id"].as_str().expect("an id")).expect("an identifier");
        for _ in 0..PER_TICKET {
            let line = format!("{};rue du Bac\n", random.random::<u64>());
            let file = line.repeat(random.random_range(1..4_000));
            let form = format!(
                "--B\r\nContent-Disposition: form-data; name=\"attachment\"\r\n\r\n{}\r\n\
                 --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n{file}\r\n--B--\r\n",
                json!({"name": "a.csv"})
            );
            let request = http.post(format!("{base}{MOUNT}/{ticket}/attachment")).bearer_auth(&token);
            let request = request.header("content-type", "multipart/form-data; boundary=B").body(form);
            let Some(added) = answered(request).await else { return acknowledged };
            let id = AttachmentId::parse(added["id"].as_str().expect("an id")).expect("an identifier");
            acknowledged.insert(id, (ticket, sha256(file.as_bytes())));
        }
    }
}

/// Returns the response of the server, or `None` if it is missing or partial.
async fn answered(request: reqwest::RequestBuilder) -> Option<Value> {
    let response = request.send().await.ok()?;
    let status = response.status();
    let text = response.text().await.ok()?;
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).ok()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

// The comparison.

/// Runs another server on the remaining work, and compares the result with the acknowledged
/// attachments. Returns the number of remaining checks.
async fn compare(folder: &Path, acknowledged: &Acknowledged, round: u64) -> u64 {
    let app = open(folder, SignedDuration::from_hours(25));
    let left = attachments::check(&app).await.expect("checked");
    attachments::purge(&app).await.expect("purged");
    let (content, viewer) = (content(folder), Viewer::Oc("SFRA".parse().expect("an operator code")));
    for (id, (ticket, hash)) in acknowledged {
        let kept = app.store.attachment(*ticket, *id, &viewer).await.expect("read");
        let kept: Attachment = serde_json::from_str(&kept.expect("not lost")).expect("an attachment");
        assert_eq!(kept.status, AttachmentStatus::Validated, "round {round}: {kept:?}");
        let measured = kept.measured.expect("measured");
        assert_eq!(measured.sha256, *hash, "round {round}");
        let pieces: Vec<_> = content
            .read(hash, 0..measured.size)
            .await
            .expect("there")
            .try_collect()
            .await
            .expect("read whole");
        assert_eq!(sha256(&pieces.concat()), *hash, "round {round}: its content is what was sent");
    }
    let verified = attachments::verify(&*app.store, &content).await.expect("verified");
    assert!(verified.lost.is_empty(), "round {round}: {verified:?}");
    assert_eq!(content.uploads().await.expect("listed"), [""; 0], "round {round}: nothing is left");
    each_is_told_twice(&app, &viewer, verified.readable, round).await;
    left
}

/// Asserts that each attachment has one event for its creation and one for its check.
async fn each_is_told_twice(app: &App, viewer: &Viewer, attachments: u64, round: u64) {
    let events =
        app.store.events_after(0, viewer.clone(), u32::MAX - 1, usize::MAX).await.expect("the events");
    let mut told: HashMap<String, Vec<String>> = HashMap::new();
    for event in events {
        let event: Value = serde_json::from_str(&event.document).expect("an event that can be read");
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned();
        told.entry(text("/data/id")).or_default().push(text("/data/status"));
    }
    assert_eq!(told.len() as u64, attachments, "round {round}");
    assert!(told.values().all(|statuses| *statuses == ["PENDING", "VALIDATED"]), "round {round}: {told:?}");
}
