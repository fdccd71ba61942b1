//! The load: a fixed number of persistent connections, each with one request at a time.
//!
//! It does as little work as possible, so that the server is what limits the rate. Requests are
//! prepared in advance; of a response, only the status and the length are read.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Requests to send, and the number of connections.
#[derive(Clone)]
pub(super) struct Load {
    pub(super) to: SocketAddr,
    /// Requests, which each connection sends in a cycle from a start of its own.
    pub(super) requests: Arc<Vec<Vec<u8>>>,
    /// Expected status of every response; any other is an error.
    pub(super) status: u16,
    pub(super) connections: usize,
    pub(super) length: Duration,
}

/// Number of sending threads.
const THREADS: usize = 2;

/// Result of a load.
pub(super) struct Outcome {
    /// Responses per second.
    pub(super) rate: f64,
    /// Sorted latencies of the responses, in nanoseconds.
    latencies: Vec<u64>,
}

impl Outcome {
    /// Returns the latency within which this share of the responses arrived, in milliseconds.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.latencies.get(place).map_or(f64::NAN, |&nanoseconds| nanoseconds as f64 / 1e6)
    }

    pub(super) fn count(&self) -> usize {
        self.latencies.len()
    }
}

/// Sends requests for the requested duration.
pub(super) fn drive(load: &Load) -> Result<Outcome> {
    let threads = THREADS.min(load.connections);
    let started = Instant::now();
    let workers: Vec<_> = (0..threads)
        .map(|thread| {
            let load = load.clone();
            thread::spawn(move || connections(&load, thread, threads))
        })
        .collect();
    let mut latencies = Vec::new();
    for worker in workers {
        match worker.join() {
            Ok(measured) => latencies.extend(measured?),
            Err(_) => bail!("a thread of the load panicked"),
        }
    }
    let rate = latencies.len() as f64 / started.elapsed().as_secs_f64();
    latencies.sort_unstable();
    Ok(Outcome { rate, latencies })
}

/// Runs the connections of one thread.
fn connections(load: &Load, thread: usize, threads: usize) -> Result<Vec<u64>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let until = Instant::now() + load.length;
        let mut running = JoinSet::new();
        for connection in (thread..load.connections).step_by(threads) {
            running.spawn(one_connection(load.clone(), connection, until));
        }
        let mut latencies = Vec::new();
        while let Some(measured) = running.join_next().await {
            latencies.extend(measured??);
        }
        Ok(latencies)
    })
}

async fn one_connection(load: Load, connection: usize, until: Instant) -> Result<Vec<u64>> {
    let mut stream = TcpStream::connect(load.to).await.context("the server cannot be reached")?;
    stream.set_nodelay(true)?;
    let mut latencies = Vec::with_capacity(65_536);
    let mut buffer = Vec::with_capacity(256 * 1024);
    let mut next = load.requests.len() / load.connections * connection;
    loop {
        let started = Instant::now();
        if started >= until {
            return Ok(latencies);
        }
        let request = &load.requests[next % load.requests.len()];
        next += 1;
        stream.write_all(request).await?;
        let answer = read(&mut stream, &mut buffer, request.starts_with(b"HEAD ")).await?;
        if answer.status != load.status {
            let text = String::from_utf8_lossy(&buffer);
            bail!("{} instead of {}: {text}", answer.status, load.status);
        }
        latencies.push(started.elapsed().as_nanos() as u64);
    }
}

/// Head of a response.
pub(super) struct Head {
    pub(super) status: u16,
    /// Offset of the body.
    pub(super) body: usize,
}

/// Reads one whole response into a buffer.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>, bodyless: bool) -> Result<Head> {
    buffer.clear();
    let mut end = None;
    loop {
        if let Some((head, length)) = &end
            && buffer.len() >= *length
        {
            let Head { status, body } = *head;
            return Ok(Head { status, body });
        }
        if stream.read_buf(buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        if end.is_none() {
            end = head(buffer, bodyless)?;
        }
    }
}

/// Parses the head once it is complete. Returns it with the total length of the response.
fn head(buffer: &[u8], bodyless: bool) -> Result<Option<(Head, usize)>> {
    let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&buffer[..end])?;
    let status = text.get(9..12).and_then(|status| status.parse().ok()).context("no status")?;
    let length = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, value)| value.trim().parse::<usize>())?;
    let body = end + 4;
    Ok(Some((Head { status, body }, if bodyless { body } else { body + length })))
}

/// Sends one request. Returns the status, the head as text, and the body.
pub(super) fn ask(to: SocketAddr, request: &[u8]) -> Result<(u16, String, Vec<u8>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut stream = TcpStream::connect(to).await?;
        stream.write_all(request).await?;
        let mut buffer = Vec::new();
        let Head { status, body } = read(&mut stream, &mut buffer, request.starts_with(b"HEAD ")).await?;
        let head = String::from_utf8_lossy(&buffer[..body]).into_owned();
        Ok((status, head, buffer.split_off(body)))
    })
}

/// A persistent connection, for one request after the other.
pub(super) struct Caller {
    runtime: tokio::runtime::Runtime,
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Caller {
    pub(super) fn new(to: SocketAddr) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let stream = runtime.block_on(TcpStream::connect(to))?;
        stream.set_nodelay(true)?;
        Ok(Self { runtime, stream, buffer: Vec::new() })
    }

    /// Sends one request. Returns the status, the head as text, and the length of the body.
    pub(super) fn ask(&mut self, request: &[u8]) -> Result<(u16, String, usize)> {
        let Self { runtime, stream, buffer } = self;
        runtime.block_on(async {
            stream.write_all(request).await?;
            let Head { status, body } = read(stream, buffer, request.starts_with(b"HEAD ")).await?;
            Ok((status, String::from_utf8_lossy(&buffer[..body]).into_owned(), buffer.len() - body))
        })
    }
}

/// Returns the bytes of a request.
pub(super) fn request(method: &str, target: &str, token: &str, body: Option<&str>) -> Vec<u8> {
    let mut text = format!(
        "{method} {target} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\naccept: */*\r\n"
    );
    if let Some(body) = body {
        text += &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    }
    text += "\r\n";
    text += body.unwrap_or_default();
    text.into_bytes()
}
