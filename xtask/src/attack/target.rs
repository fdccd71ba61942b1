//! The attacked server, with the operators and tickets that the attacks use.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::Database;
use super::caller::Caller;

/// Clients of the attacks: identifier, operator, role.
pub(crate) const CLIENTS: &[(&str, &str, &str)] =
    &[("honest-oc", "SFRA", "oc"), ("evil-oc", "VENU", "oc"), ("evil-oi", "FTEL", "oi")];

/// A running server.
#[derive(Clone)]
pub(crate) struct Target(Arc<Inner>);

struct Inner {
    child: Mutex<Child>,
    process: u32,
    pub(crate) address: SocketAddr,
    secrets: Vec<(String, String)>,
    _folder: tempfile::TempDir,
}

impl Target {
    /// Starts the server in a new folder or on a database, with a memory limit in MiB and options
    /// of `serve`.
    pub(crate) async fn start(
        program: &Path,
        postgres: Option<&Database>,
        memory: u64,
        options: &[&str],
    ) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = postgres.map(|postgres| postgres.url.clone());
        let command = |words: &[&str]| {
            let mut command = Command::new(program);
            command.args(words).arg("--data").arg(folder.path());
            if let Some(url) = &database {
                command.args(["--database", url]);
            }
            command
        };
        let run = |words: &[&str]| -> Result<String> {
            let output = command(words).output().context("the program cannot be run")?;
            if !output.status.success() {
                bail!("{words:?} failed: {}", String::from_utf8_lossy(&output.stderr));
            }
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        run(&["operator", "add", "FTEL", "--name", "OI", "--oi"])?;
        for code in ["SFRA", "VENU"] {
            run(&["operator", "add", code, "--name", code, "--oc"])?;
            run(&["contract", "set", "--oi", "FTEL", "--oc", code, "--bulk-limit", "1000"])?;
        }
        let mut secrets = Vec::new();
        for (client, operator, role) in CLIENTS {
            let said = run(&["client", "add", "--operator", operator, "--role", role, "--id", client])?;
            let secret = said.split_whitespace().find(|word| word.starts_with("epi_cs_"));
            secrets.push(((*client).to_owned(), secret.context("no secret was printed")?.to_owned()));
        }
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut serve = command(&["serve", "--listen", &address.to_string()]);
        serve.args(options);
        let mut limited = Command::new("prlimit");
        limited.arg(format!("--data={}", memory * 1024 * 1024)).arg("--").arg(serve.get_program());
        limited.args(serve.get_args()).stdin(Stdio::null()).stdout(Stdio::null());
        limited.stderr(fs::File::create(folder.path().join("log"))?);
        let child = limited.spawn().context("prlimit (util-linux) cannot be run")?;
        let process = child.id();
        let target =
            Self(Arc::new(Inner { child: Mutex::new(child), process, address, secrets, _folder: folder }));
        for _ in 0..300 {
            if target.is_alive().await {
                return Ok(target);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the server does not answer")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Returns a client that calls from one of the machine's own addresses, `127.0.0.{host}`.
    pub(crate) async fn caller(&self, client: &str, host: u8) -> Result<Caller> {
        let secret = self.0.secrets.iter().find(|(known, _)| known == client);
        Caller::sign_in(self.0.address, client, &secret.context("an unknown client")?.1, host).await
    }

    /// Checks that the server answers within some seconds.
    pub(crate) async fn is_alive(&self) -> bool {
        let ended = self.0.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait();
        if !matches!(ended, Ok(None)) {
            return false;
        }
        let Ok(caller) = Caller::anonymous(self.0.address, 1) else { return false };
        let asked = caller.get("/health/live");
        tokio::time::timeout(Duration::from_secs(20), asked).await.is_ok_and(|answer| answer.is_ok())
    }

    /// Returns the resident memory, in MB.
    pub(crate) fn resident(&self) -> Result<f64> {
        self.status("VmRSS:")
    }

    /// Returns the anonymous resident memory, in MB. Mapped files are part of the system's cache,
    /// and grow with the database.
    pub(crate) fn anonymous(&self) -> Result<f64> {
        self.status("RssAnon:")
    }

    /// Returns the peak of the resident memory since the last reset.
    pub(crate) fn peak(&self) -> Result<f64> {
        self.status("VmHWM:")
    }

    pub(crate) fn forget_peak(&self) {
        let _ = fs::write(format!("/proc/{}/clear_refs", self.0.process), "5");
    }

    /// Returns the number of open file descriptors.
    pub(crate) fn descriptors(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.0.process))?.count())
    }

    fn status(&self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.process))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
        let kilobytes: f64 = line.split_whitespace().next().context("no number")?.parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Returns a modification ticket from an OC to FTEL.
pub(crate) fn modification(oc: &str) -> Value {
    json!({
        "@type": "AnomalieAdresse.modification",
        "code_oi": "FTEL",
        "code_oc": oc,
        "relatedEntity": [{"id": "IMB/09001/X/000E"}],
        "issues": {"building.address.streetNr": {"value": ["12"]}}
    })
}

/// Returns the heaviest ticket that the contract's members allow, about 600 kB.
pub(crate) fn heavy_modification(oc: &str) -> Value {
    let mut body = modification(oc);
    let long = json!({"description": "\u{1f3e0}".repeat(10_000)});
    for key in ["building.name", "building.address.city", "building.address.streetName", "building.pm.id"] {
        body["issues"][key] = long.clone();
    }
    for key in ["postcode", "streetType", "code_insee", "code_hexacle_voie", "code_rivoli", "code_ban"] {
        body["issues"][format!("building.address.{key}")] = long.clone();
    }
    for key in
        ["building.address.streetNrSuffix", "building.address.code_hexacle", "building.geographicLocations"]
    {
        body["issues"][key] = long.clone();
    }
    body["extra"] = "x".repeat(60_000).into();
    body
}
