//! The antivirus: a real one where installed, and a mock.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use epissure_app::Settings;
use epissure_app::attachments::Files;
use epissure_files::Kind;
use epissure_files::clamd::{Address, Clamd, Limits};
use epissure_testkit::{TestServer, fixtures};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

use super::{attach, check, held};
use crate::Case;
use crate::corpus::honest;

/// The EICAR test file, split so that this source is not detected.
const EICAR: [&str; 2] = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"];

fn eicar() -> String {
    EICAR.concat()
}

async fn server_with(socket: PathBuf) -> (TestServer, Case, String) {
    let clamd = Clamd::new(Address::Unix(socket), Limits::default());
    let files = |content| Files::new(content, 20 << 20, Some(clamd));
    let server = TestServer::start_keeping(Settings::default(), files).await;
    let case = Case::open(&server, &fixtures::modification()).await;
    let path = format!("{}/attachment", case.path);
    (server, case, path)
}

/// A mock of clamd with a fixed reply, which counts its scans.
struct Played {
    folder: tempfile::TempDir,
    reply: Arc<Mutex<&'static [u8]>>,
    asked: Arc<AtomicUsize>,
}

impl Played {
    fn start(reply: &'static [u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("clamd.ctl")).unwrap();
        let played = Self { folder, reply: Arc::new(Mutex::new(reply)), asked: Arc::default() };
        let (reply, asked) = (Arc::clone(&played.reply), Arc::clone(&played.asked));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                asked.fetch_add(1, Ordering::Relaxed);
                let reply = *reply.lock().unwrap();
                let _ = answer(socket, reply).await;
            }
        });
        played
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("clamd.ctl")
    }
}

/// Reads the file to its end. A file with EICAR is always reported as infected.
async fn answer(mut socket: UnixStream, reply: &[u8]) -> io::Result<()> {
    let mut command = [0; 10];
    socket.read_exact(&mut command).await?;
    let mut file = Vec::new();
    loop {
        let length = socket.read_u32().await? as usize;
        if length == 0 {
            break;
        }
        let start = file.len();
        file.resize(start + length, 0);
        socket.read_exact(&mut file[start..]).await?;
    }
    let found = file.windows(eicar().len()).any(|part| part == eicar().as_bytes());
    socket.write_all(if found { b"stream: Eicar FOUND\0" } else { reply }).await
}

async fn statuses(case: &Case, path: &str) -> Vec<(Value, Value)> {
    let listed = case.oi.get(path).await.expect(200).body;
    let rows = listed.as_array().unwrap().iter();
    rows.map(|one| (one["status"].clone(), one.get("statusChangeReason").cloned().unwrap_or_default()))
        .collect()
}

fn validated() -> (Value, Value) {
    (json!("VALIDATED"), Value::Null)
}

fn infected() -> (Value, Value) {
    (json!("REJECTED"), json!("INFECTED"))
}

#[tokio::test]
async fn what_the_antivirus_finds_is_rejected() {
    let played = Played::start(b"stream: OK\0");
    let (server, case, path) = server_with(played.socket()).await;
    attach(&case.oc, &path, &json!({"name": "a.csv"}), b"a;b\n").await.expect(201);
    attach(&case.oc, &path, &json!({"name": "b.csv"}), eicar().as_bytes()).await.expect(201);
    attach(&case.oc, &path, &json!({"name": "c.pdf"}), b"not one").await.expect(201);
    check(&server).await;
    let refused = (json!("REJECTED"), json!("CONTENT"));
    assert_eq!(statuses(&case, &path).await, [validated(), infected(), refused]);
    assert_eq!(played.asked.load(Ordering::Relaxed), 2, "what the rules refuse is not shown to it");
    assert_eq!(held(&server).len(), 1);
}

#[tokio::test]
async fn what_was_not_answered_stays_pending_and_is_asked_again_later_and_later() {
    let played = Played::start(b"stream: ok\0");
    let (server, case, path) = server_with(played.socket()).await;
    attach(&case.oc, &path, &json!({"name": "a.csv"}), b"a;b\n").await.expect(201);
    let asked = || played.asked.load(Ordering::Relaxed);
    let pending = (json!("PENDING"), Value::Null);
    for (turn, delay) in [10, 60, 300, 900, 3600, 3600].into_iter().enumerate() {
        assert_eq!(check(&server).await, 0);
        assert_eq!(asked(), turn + 1);
        server.clock.advance(jiff::SignedDuration::from_secs(delay - 1));
        assert_eq!((check(&server).await, asked()), (0, turn + 1), "not before its time");
        server.clock.advance(jiff::SignedDuration::from_secs(1));
    }
    let case = Case { oi: server.login("ftel-oi").await, ..case };
    assert_eq!(statuses(&case, &path).await, [pending]);
    *played.reply.lock().unwrap() = b"stream: OK\0";
    assert_eq!(check(&server).await, 1);
    assert_eq!(statuses(&case, &path).await, [validated()]);
}

#[tokio::test]
async fn several_servers_check_a_file_once() {
    let played = Played::start(b"stream: OK\0");
    let (server, case, path) = server_with(played.socket()).await;
    for number in 0..6 {
        attach(&case.oc, &path, &json!({"name": format!("{number}.csv")}), b"a;b\n").await.expect(201);
    }
    let (one, other) = tokio::join!(check(&server), check(&server));
    assert_eq!(one + other, 6);
    assert_eq!(played.asked.load(Ordering::Relaxed), 6);
    let told = case.oc.head("/api/v2/anomalie-adresse/event?type[regex]=attachment.update").await.expect(200);
    assert_eq!(told.header("x-total-count"), "6");
}

/// A real clamd with a private signature, stopped when dropped.
struct Real(Child);

impl Real {
    fn start(folder: &Path) -> Self {
        let signatures = folder.join("signatures");
        std::fs::create_dir(&signatures).unwrap();
        let digits: String = eicar().bytes().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(signatures.join("tests.ndb"), format!("Eicar-Of-The-Tests:0:*:{digits}\n")).unwrap();
        let settings = format!(
            "DatabaseDirectory {}\nLocalSocket {}\nForeground yes\nUser {}\nStreamMaxLength 30M\n",
            signatures.display(),
            folder.join("clamd.ctl").display(),
            whoami(),
        );
        std::fs::write(folder.join("clamd.conf"), settings).unwrap();
        let child = Command::new("clamd")
            .arg("--config-file")
            .arg(folder.join("clamd.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("clamd starts"))
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn whoami() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
#[ignore = "needs the program clamd (Debian package clamav-daemon)"]
async fn a_real_clamd_finds_what_it_knows_and_lets_the_rest_through() {
    let folder = tempfile::tempdir().unwrap();
    let mut real = Real::start(folder.path());
    let socket = folder.path().join("clamd.ctl");
    let listening = tokio::time::timeout(Duration::from_secs(60), async {
        while UnixStream::connect(&socket).await.is_err() {
            assert!(real.0.try_wait().unwrap().is_none(), "clamd ended");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    listening.await.expect("clamd listens");
    let (server, case, path) = server_with(socket).await;
    let hidden = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><!-- {} --></svg>", eicar());
    attach(&case.oc, &path, &json!({"name": "a.csv"}), eicar().as_bytes()).await.expect(201);
    attach(&case.oc, &path, &json!({"name": "b.svg"}), hidden.as_bytes()).await.expect(201);
    attach(&case.oc, &path, &json!({"name": "c.pdf"}), &honest(Kind::Pdf, 1 << 20)).await.expect(201);
    check(&server).await;
    assert_eq!(statuses(&case, &path).await, [infected(), infected(), validated()]);
}
