//! The measured servers, each in a process of its own.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::data::Data;
use super::wire;

/// A server process, killed on drop.
pub(super) struct Subject {
    child: Child,
    pub(super) address: SocketAddr,
    /// Time from the start of the process to its first response.
    pub(super) started_in: Duration,
}

/// Time limit of the first response.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Memory of a process, in megabytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// Total resident memory.
    pub(super) resident: f64,
    /// Resident memory of files, shared with the system's cache: the mapped database, and the
    /// program.
    pub(super) of_files: f64,
}

impl Subject {
    /// Starts the server on a database.
    pub(super) fn server(data: &Data, program: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        // No limit on the client's rate.
        command.args(["serve", "--client-rate", "0"]);
        data.serve(&mut command)?;
        Self::start(command, "/health/ready")
    }

    /// Starts the ceiling: a handler with a constant response.
    pub(super) fn bytes(body: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve-bytes").arg("--body").arg(body);
        Self::start(command, "/")
    }

    fn start(mut command: Command, target: &str) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        command.arg("--listen").arg(address.to_string());
        // The log is written as in production, but discarded.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let child = command.spawn().context("the server cannot be started")?;
        let mut subject = Self { child, address, started_in: Duration::ZERO };
        let request = wire::request("GET", target, "none", None);
        while wire::ask(address, &request).is_err() {
            if let Some(status) = subject.child.try_wait()? {
                bail!("the server ended: {status}");
            }
            if started.elapsed() > TIMEOUT {
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

    /// Returns the processor time used so far, in seconds.
    pub(super) fn processor(&self) -> Result<f64> {
        processor(&self.child.id().to_string())
    }
}

/// Returns the processor time that a process has used so far, in seconds; `self` is this one.
pub(super) fn processor(process: &str) -> Result<f64> {
    Ok(ticks(process)?.own)
}

/// Processor statistics of a process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticks {
    /// Parent process.
    pub(super) parent: u32,
    /// Processor time used so far, in seconds.
    pub(super) own: f64,
    /// Processor time of its ended child processes, in seconds.
    pub(super) of_ended: f64,
}

pub(super) fn ticks(process: &str) -> Result<Ticks> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Fields of proc(5), counted after the name, which may contain spaces: 4, then 14 to 17 in
    // ticks of 10 ms.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = after.split_whitespace().collect();
    let parent = fields.get(1).and_then(|field| field.parse().ok()).context("no parent")?;
    let seconds = |places: std::ops::Range<usize>| {
        let ticks =
            fields.get(places).unwrap_or_default().iter().filter_map(|field| field.parse::<f64>().ok());
        ticks.sum::<f64>() / 100.0
    };
    Ok(Ticks { parent, own: seconds(11..13), of_ended: seconds(13..15) })
}

/// Returns the number of cores.
pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(2, usize::from)
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
