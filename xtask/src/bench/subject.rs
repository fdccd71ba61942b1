//! The servers that are measured, each in a process of its own.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::wire;

/// A server's process. Killed when it is no longer held.
pub(super) struct Subject {
    child: Child,
    pub(super) address: SocketAddr,
    /// From the start of the process to its first answer.
    pub(super) started_in: Duration,
}

/// How long a server may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Memory of a process, in megabytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// All that is resident.
    pub(super) resident: f64,
    /// What of it is a file's, shared with the system's cache: the database as it is mapped, and the program.
    pub(super) of_files: f64,
}

impl Subject {
    /// The server over a folder's database.
    pub(super) fn server(data: &Path, program: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.arg("serve").arg("--data").arg(data);
        Self::start(command, "/health/ready")
    }

    /// The ceiling: a handler that answers always the same.
    pub(super) fn bytes(body: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve-bytes").arg("--body").arg(body);
        Self::start(command, "/")
    }

    fn start(mut command: Command, target: &str) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        command.arg("--listen").arg(address.to_string());
        // The log is written, as in production, but to nowhere.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let child = command.spawn().context("the server cannot be started")?;
        let mut subject = Self { child, address, started_in: Duration::ZERO };
        let request = wire::request("GET", target, "none", None);
        while wire::ask(address, &request).is_err() {
            if let Some(status) = subject.child.try_wait()? {
                bail!("the server ended: {status}");
            }
            if started.elapsed() > PATIENCE {
                bail!("the server does not answer");
            }
            thread::sleep(Duration::from_millis(1));
        }
        subject.started_in = started.elapsed();
        Ok(subject)
    }

    pub(super) fn memory(&self) -> Result<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let megabytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
            kilobytes.unwrap_or(f64::NAN) / 1024.0
        };
        Ok(Memory { resident: megabytes("VmRSS:"), of_files: megabytes("RssFile:") })
    }

    /// Processor time used so far, in seconds.
    pub(super) fn processor(&self) -> Result<f64> {
        processor(&self.child.id().to_string())
    }
}

/// Processor time that a process has used so far, in seconds; `self` is this one.
pub(super) fn processor(process: &str) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Fields 14 and 15 of proc(5), counted after the name, which may hold spaces; in ticks of 10 ms.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() / 100.0)
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
