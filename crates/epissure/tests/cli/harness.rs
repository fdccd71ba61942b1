//! Harness: runs the binary in a folder of its own, without the environment of the user who runs
//! the tests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A command in a folder.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_epissure"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("EPISSURE_")) {
        command.env_remove(name);
    }
    command.env_remove("COLUMNS").current_dir(folder).args(arguments).stdin(Stdio::null());
    command
}

/// A folder in which commands run one after the other.
pub(crate) struct Sandbox(tempfile::TempDir);

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// Returns a sandbox with an OI, an OC, and a client of each, and the secret of both clients.
    pub(crate) fn with_operators() -> (Self, &'static str) {
        let sandbox = Self::new();
        let secret = "a secret chosen for the tests";
        sandbox.ok(&["operator", "add", "FTEL", "--name", "An OI", "--oi"]);
        sandbox.ok(&["operator", "add", "SFRA", "--name", "An OC", "--oc"]);
        sandbox.ok(&[
            "client",
            "add",
            "--operator",
            "FTEL",
            "--role",
            "oi",
            "--id",
            "oi",
            "--secret",
            secret,
        ]);
        sandbox.ok(&[
            "client",
            "add",
            "--operator",
            "SFRA",
            "--role",
            "oc",
            "--id",
            "oc",
            "--secret",
            secret,
        ]);
        (sandbox, secret)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path().join("epissure-data/epissure.sqlite")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let output = command(self.path(), arguments).envs(environment.iter().copied()).output();
        Ran::new(output.expect("the binary"))
    }

    /// Runs a command that must succeed. Returns its standard output.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {}", ran.stderr);
        ran.stdout
    }

    /// Runs a command that must succeed and print JSON.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let text = self.ok(arguments);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Runs a command that must fail with a status. Returns its standard error, checked for content
    /// that must not leak.
    #[track_caller]
    pub(crate) fn fails(&self, status: i32, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.status, status, "{arguments:?}: {} {}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("error: "), "{}", ran.stderr);
        for leaked in
            ["panicked", "RUST_BACKTRACE", "SELECT", "INSERT", "StoreError", "Unexpected(", "rusqlite"]
        {
            assert!(!ran.stderr.contains(leaked), "{leaked}: {}", ran.stderr);
        }
        ran.stderr
    }

    /// Starts a server on a free port, with more options.
    pub(crate) fn serve(&self, options: &[&str]) -> Running {
        let mut arguments = vec!["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];
        arguments.extend(options);
        Running::start(command(self.path(), &arguments))
    }
}

/// Result of a command.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            status: output.status.code().expect("an exit status"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// A running server, killed on drop.
pub(crate) struct Running {
    child: Child,
    /// Base URL, as `http://127.0.0.1:40123`.
    pub(crate) base: String,
    log: Arc<Mutex<Vec<Value>>>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the binary");
        let mut lines = BufReader::new(child.stderr.take().expect("its standard error")).lines();
        let mut seen = String::new();
        let base = loop {
            let line = lines.next().unwrap_or_else(|| panic!("the server ended: {seen}")).expect("a line");
            seen.push_str(&line);
            let line: Value = serde_json::from_str(&line).unwrap_or(Value::Null);
            if line["fields"]["message"] == "serving" {
                break format!("http://{}", line["fields"]["address"].as_str().expect("an address"));
            }
        };
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        // Drain the pipe: a full one would block the server.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                kept.lock().expect("the log").push(line);
            }
        });
        Self { child, base, log }
    }

    /// Sends a signal: `TERM`, `INT`.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits for the server to exit.
    pub(crate) fn wait(&mut self, at_most: Duration) -> ExitStatus {
        wait(&mut self.child, at_most)
    }

    /// Returns the messages of the log since the start.
    pub(crate) fn messages(&self) -> Vec<String> {
        let log = self.log.lock().expect("the log");
        log.iter().filter_map(|line| Some(line["fields"]["message"].as_str()?.to_owned())).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.expect("kill").success());
}

pub(crate) fn wait(child: &mut Child, at_most: Duration) -> ExitStatus {
    let until = Instant::now() + at_most;
    loop {
        if let Some(status) = child.try_wait().expect("the process") {
            return status;
        }
        assert!(Instant::now() < until, "the process has not ended in {at_most:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs a command with an input.
pub(crate) fn run_reading(mut command: Command, input: &str) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the binary");
    child.stdin.take().expect("its standard input").write_all(input.as_bytes()).expect("written");
    let ran = Ran::new(child.wait_with_output().expect("its output"));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran.stdout
}

/// An HTTP client of a server.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) token: String,
}

impl Api {
    /// Obtains a token. Fails with the status when there is none.
    pub(crate) async fn login(base: &str, client: &str, secret: &str) -> Result<Self, u16> {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let request = http.post(format!("{base}/oauth/v2/token")).basic_auth(client, Some(secret));
        let response = request.form(&[("grant_type", "client_credentials")]).send().await.expect("an answer");
        let status = response.status().as_u16();
        let body: Value = response.json().await.expect("JSON");
        let token = body["access_token"].as_str().ok_or(status)?.to_owned();
        Ok(Self { http, base: base.to_owned(), token })
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        let response = request.send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(&self.token);
        let response = request.json(body).send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }

    /// Opens a ticket. Returns its identifier once the server has acknowledged it.
    pub(crate) async fn open(&self, external_id: &str) -> Option<String> {
        let body = serde_json::json!({
            "@type": "AnomalieAdresse.nbLogements",
            "code_oi": "FTEL",
            "code_oc": "SFRA",
            "externalId": external_id,
            "relatedEntity": [{"id": "IMB/09001/X/000E"}],
            "issues": {"building.housingsNumber": {"value": 14}}
        });
        let request = self.http.post(format!("{}/anomalie-adresse", self.base)).bearer_auth(&self.token);
        let response = request.json(&body).send().await.ok()?;
        if response.status() != 201 {
            return None;
        }
        let body: Value = response.json().await.ok()?;
        Some(body["id"].as_str()?.to_owned())
    }
}
