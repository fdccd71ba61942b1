//! The server that clients use: private, with an OI and an OC.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::process::{cargo, output};
use crate::root;

const CLIENT: &str = "smoke-oc";

/// A server, which stops when dropped.
pub(super) struct Server {
    child: Child,
    base: String,
    secret: String,
    _data: tempfile::TempDir,
}

impl Server {
    pub(super) fn start() -> Result<Self> {
        let program = build()?;
        let data = tempfile::tempdir()?;
        let run = |words: &[&str]| output(Command::new(&program).args(words).arg("--data").arg(data.path()));
        run(&["operator", "add", "FTEL", "--name", "OI", "--oi"])?;
        run(&["operator", "add", "SFRA", "--name", "OC", "--oc"])?;
        run(&["contract", "set", "--oi", "FTEL", "--oc", "SFRA"])?;
        let secret =
            run(&["client", "add", "--operator", "SFRA", "--role", "oc", "--id", CLIENT, "--quiet"])?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = fs::File::create(data.path().join("log"))?;
        let child = Command::new(&program)
            .args(["serve", "--listen", &address.to_string(), "--data"])
            .arg(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("the server cannot be started")?;
        let secret = secret.trim().to_owned();
        let server = Self { child, base: format!("http://{address}"), secret, _data: data };
        for _ in 0..300 {
            if server.get("/health/live").is_ok() {
                return Ok(server);
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!("the server does not answer")
    }

    /// The variables from which a client's program learns of the server.
    pub(super) fn environment(&self) -> [(&str, &str); 3] {
        [("SERVER", &self.base), ("CLIENT", CLIENT), ("SECRET", &self.secret)]
    }

    /// Writes a served document into a folder; its file.
    pub(super) fn download(&self, document: &str, folder: &Path) -> Result<PathBuf> {
        let file = folder.join(document);
        fs::write(&file, self.get(&format!("/openapi/{document}"))?)?;
        Ok(file)
    }

    fn get(&self, path: &str) -> Result<String> {
        let http = reqwest::blocking::Client::builder().no_proxy().build()?;
        Ok(http.get(format!("{}{path}", self.base)).send()?.error_for_status()?.text()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Builds the server with the features of the whole workspace, as it has been already; its program.
fn build() -> Result<PathBuf> {
    output(cargo().args(["build", "--workspace", "--bin", "epissure"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("debug/epissure"))
}
