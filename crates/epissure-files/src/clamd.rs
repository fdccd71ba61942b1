//! Antivirus client: clamd's `INSTREAM` command over its socket.
//!
//! The file is sent in chunks, each preceded by its length in four bytes, big-endian; a zero length
//! ends it (clamd(8), "zINSTREAM"). The reply is a line that ends with NUL. **Only exactly
//! `stream: OK`, for a file that was sent whole, is clean.** Any other reply without a virus is
//! [`Answer::Unknown`]: the attachment stays pending, and the scan is retried.
//!
//! clamd skips archives beyond its limits and reports them clean. Protection against decompression
//! bombs is the role of [`check`](crate::check()).

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::verdict::{Reason, Verdict};

/// Result of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// No known virus.
    Clean,
    /// Virus found, with its name.
    Infected(String),
    /// No result; the scan must be retried.
    Unknown(Why),
}

impl Answer {
    /// Returns the verdict on the file, or `None` while it stays pending.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        match self {
            Answer::Clean => Some(Verdict::Validated),
            Answer::Infected(_) => Some(Verdict::Rejected(Reason::Infected)),
            Answer::Unknown(_) => None,
        }
    }
}

/// Reason why a scan gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// No process listens at the address.
    #[error("the antivirus cannot be reached ({0})")]
    Unreachable(io::ErrorKind),
    /// A step exceeded its limit in [`Limits`].
    #[error("the antivirus did not answer in time")]
    TimedOut,
    /// clamd closed the connection before its reply.
    #[error("the antivirus closed the connection")]
    Closed,
    /// The file exceeds clamd's `StreamMaxLength`, which should be raised.
    #[error("the file is larger than the antivirus takes; raise its StreamMaxLength")]
    TooLarge,
    /// The file under check could not be read.
    #[error("the file cannot be read ({0})")]
    Unreadable(io::ErrorKind),
    /// Unexpected reply: its start, without control characters.
    #[error("the antivirus answered `{0}`")]
    Unexpected(String),
}

/// Address of clamd: `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:3310`.
///
/// ```
/// use epissure_files::clamd::Address;
///
/// let address: Address = "tcp:127.0.0.1:3310".parse()?;
/// assert_eq!(address, Address::Tcp("127.0.0.1:3310".into()));
/// assert!("127.0.0.1:3310".parse::<Address>().is_err());
/// # Ok::<(), epissure_files::clamd::AddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Path of clamd's `LocalSocket`.
    Unix(PathBuf),
    /// `host:port` of clamd's `TCPAddr` and `TCPSocket`. Files are sent unencrypted.
    Tcp(String),
}

/// Error for a text that is not an [`Address`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address of clamd is `unix:/path/of/its/socket` or `tcp:host:port`")]
pub struct AddressError;

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        match text.split_once(':') {
            Some(("unix", path)) if path.starts_with('/') => Ok(Address::Unix(path.into())),
            Some(("tcp", place)) if place.contains(':') => Ok(Address::Tcp(place.into())),
            _ => Err(AddressError),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
            Address::Tcp(place) => write!(f, "tcp:{place}"),
        }
    }
}

/// Time limits of the steps of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Limit for the connection.
    pub connect: Duration,
    /// Limit for the transmission of one chunk.
    pub send: Duration,
    /// Limit for the reply, after the whole file was sent.
    pub answer: Duration,
}

impl Default for Limits {
    /// Returns 5 seconds, 10 seconds, and 2 minutes, which is clamd's own `MaxScanTime`.
    fn default() -> Limits {
        Limits {
            connect: Duration::from_secs(5),
            send: Duration::from_secs(10),
            answer: Duration::from_secs(120),
        }
    }
}

/// Client of a clamd server.
#[derive(Debug, Clone)]
pub struct Clamd {
    address: Address,
    limits: Limits,
}

/// Size of a chunk, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// Maximum length of a reply, in bytes.
const REPLY_BYTES: u64 = 4096;

/// Maximum number of characters quoted from an unexpected reply.
const TOLD_CHARACTERS: usize = 120;

impl Clamd {
    /// Creates a client of the clamd at an address.
    #[must_use]
    pub fn new(address: Address, limits: Limits) -> Clamd {
        Clamd { address, limits }
    }

    /// Scans a file, which is read to its end, on a connection of its own.
    pub async fn scan<F: AsyncRead + Unpin>(&self, file: F) -> Answer {
        self.ask(file).await.unwrap_or_else(Answer::Unknown)
    }

    async fn ask<F: AsyncRead + Unpin>(&self, file: F) -> Result<Answer, Why> {
        let unreachable = |error: io::Error| Why::Unreachable(error.kind());
        let connect = self.limits.connect;
        match &self.address {
            Address::Unix(path) => {
                let socket = within(connect, UnixStream::connect(path)).await?.map_err(unreachable)?;
                self.converse(socket, file).await
            }
            Address::Tcp(place) => {
                let socket = within(connect, TcpStream::connect(place)).await?.map_err(unreachable)?;
                self.converse(socket, file).await
            }
        }
    }

    async fn converse<S, F>(&self, mut socket: S, file: F) -> Result<Answer, Why>
    where
        S: AsyncRead + AsyncWrite + Unpin,
        F: AsyncRead + Unpin,
    {
        let sent = self.send(&mut socket, file).await;
        if let Err(why @ (Why::TimedOut | Why::Unreadable(_))) = sent {
            return Err(why);
        }
        // clamd stops reading a file that is too large, but replies first.
        let mut reply = Vec::new();
        let reading = read_reply(socket.take(REPLY_BYTES), &mut reply);
        let whole = within(self.limits.answer, reading).await?.unwrap_or(false);
        match understood(&reply, whole) {
            Ok(Answer::Clean) => sent.map(|()| Answer::Clean),
            answer => answer,
        }
    }

    async fn send<S, F>(&self, socket: &mut S, mut file: F) -> Result<(), Why>
    where
        S: AsyncWrite + Unpin,
        F: AsyncRead + Unpin,
    {
        self.write(socket, b"zINSTREAM\0").await?;
        let mut chunk = vec![0; 4 + CHUNK_BYTES];
        loop {
            let read = file.read(&mut chunk[4..]).await.map_err(|error| Why::Unreadable(error.kind()))?;
            // At the end of the file, this is the final zero length.
            chunk[..4].copy_from_slice(&(read as u32).to_be_bytes());
            self.write(socket, &chunk[..4 + read]).await?;
            if read == 0 {
                return Ok(());
            }
        }
    }

    async fn write<S: AsyncWrite + Unpin>(&self, socket: &mut S, bytes: &[u8]) -> Result<(), Why> {
        within(self.limits.send, socket.write_all(bytes)).await?.map_err(|_| Why::Closed)
    }
}

async fn within<T>(limit: Duration, step: impl Future<Output = T>) -> Result<T, Why> {
    timeout(limit, step).await.map_err(|_| Why::TimedOut)
}

/// Reads up to the NUL, which is removed, or to the end. Returns true when the NUL was the last
/// byte.
async fn read_reply<R: AsyncRead + Unpin>(mut socket: R, reply: &mut Vec<u8>) -> io::Result<bool> {
    while socket.read_buf(reply).await? > 0 {
        if let Some(end) = reply.iter().position(|byte| *byte == 0) {
            let only = end + 1 == reply.len();
            reply.truncate(end);
            return Ok(only);
        }
    }
    Ok(false)
}

const CLEAN: &[u8] = b"stream: OK";

fn understood(reply: &[u8], whole: bool) -> Result<Answer, Why> {
    if reply.is_empty() {
        return Err(Why::Closed);
    }
    if whole && reply == CLEAN {
        return Ok(Answer::Clean);
    }
    let text = String::from_utf8_lossy(reply);
    let told = |text: &str| text.chars().filter(|one| !one.is_control()).take(TOLD_CHARACTERS).collect();
    // A virus report is trusted even without the line's end: a forged report only rejects a file.
    if let Some(name) = text.strip_prefix("stream: ").and_then(|rest| rest.strip_suffix(" FOUND")) {
        return Ok(Answer::Infected(told(name)));
    }
    if text.contains("size limit exceeded") { Err(Why::TooLarge) } else { Err(Why::Unexpected(told(&text))) }
}
