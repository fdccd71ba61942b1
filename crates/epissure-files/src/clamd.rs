//! The antivirus: clamd's `INSTREAM`, over its socket.
//!
//! The file is sent in pieces, each behind its length in four bytes, highest first; a length of zero ends it
//! (clamd(8), "zINSTREAM"). The reply is a line that NUL ends. **Only exactly `stream: OK`, to a file that was sent
//! whole, is clean**; everything else that is not a virus is [`Answer::Unknown`]: the attachment stays pending, and
//! is asked about again.
//!
//! clamd passes over archives that exceed its limits and calls them clean: it is no guard against bombs,
//! [`check`](crate::check()) is.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::verdict::{Reason, Verdict};

/// What the antivirus says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It knows nothing against it.
    Clean,
    /// It knows it, by this name.
    Infected(String),
    /// It did not say: ask again later.
    Unknown(Why),
}

impl Answer {
    /// What follows for the file; none while it stays pending.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        match self {
            Answer::Clean => Some(Verdict::Validated),
            Answer::Infected(_) => Some(Verdict::Rejected(Reason::Infected)),
            Answer::Unknown(_) => None,
        }
    }
}

/// Why the antivirus did not say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Nobody listens there.
    #[error("the antivirus cannot be reached ({0})")]
    Unreachable(io::ErrorKind),
    /// It took longer than [`Limits`] allow.
    #[error("the antivirus did not answer in time")]
    TimedOut,
    /// It ended the connection before its answer.
    #[error("the antivirus closed the connection")]
    Closed,
    /// The file exceeds its `StreamMaxLength`, which is then to be raised.
    #[error("the file is larger than the antivirus takes; raise its StreamMaxLength")]
    TooLarge,
    /// The file under check could not be read.
    #[error("the file cannot be read ({0})")]
    Unreadable(io::ErrorKind),
    /// Another answer: its beginning, without control characters.
    #[error("the antivirus answered `{0}`")]
    Unexpected(String),
}

/// Where clamd listens: `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:3310`.
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
    /// Its `LocalSocket`.
    Unix(PathBuf),
    /// Its `TCPAddr` and `TCPSocket`, as `host:port`. Files go there unencrypted.
    Tcp(String),
}

/// A text that is not an [`Address`].
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

/// How long each step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// To be connected.
    pub connect: Duration,
    /// To take one piece of the file.
    pub send: Duration,
    /// To answer, once it has the file.
    pub answer: Duration,
}

impl Default for Limits {
    /// 5 seconds, 10 seconds, and 2 minutes, which is clamd's own `MaxScanTime`.
    fn default() -> Limits {
        Limits {
            connect: Duration::from_secs(5),
            send: Duration::from_secs(10),
            answer: Duration::from_secs(120),
        }
    }
}

/// A clamd that can be asked.
#[derive(Debug, Clone)]
pub struct Clamd {
    address: Address,
    limits: Limits,
}

/// How much of the file goes in a piece.
const CHUNK_BYTES: usize = 64 * 1024;

/// The longest answer that is read.
const REPLY_BYTES: u64 = 4096;

/// How much of an unexpected answer is told.
const TOLD_CHARACTERS: usize = 120;

impl Clamd {
    /// The one that listens there.
    #[must_use]
    pub fn new(address: Address, limits: Limits) -> Clamd {
        Clamd { address, limits }
    }

    /// Asks about a file, which is read to its end. One connection is made for it, and closed.
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
        // It stops listening when a file is too large, but says so before.
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
            // At the end of the file this is the length of zero that ends it.
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

/// Reads up to the NUL, which is not kept, or to the end; whether the NUL was there, and nothing behind it.
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
    // A virus is believed even when the line's end was lost: on that side there is nothing to gain from a lie.
    if let Some(name) = text.strip_prefix("stream: ").and_then(|rest| rest.strip_suffix(" FOUND")) {
        return Ok(Answer::Infected(told(name)));
    }
    if text.contains("size limit exceeded") { Err(Why::TooLarge) } else { Err(Why::Unexpected(told(&text))) }
}
