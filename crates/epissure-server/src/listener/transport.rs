//! Transport of a connection: it disconnects a peer that stops reading, and lets a peer read a
//! response sent before the end of its request.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// Time and size limits of a transport.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Time limit without progress while a response is sent.
    pub(super) stall: Duration,
    /// Time limit for discarding the rest of a request after the last response.
    pub(super) linger: Duration,
    /// Maximum size of the discarded rest, in bytes.
    pub(super) linger_bytes: u64,
}

/// A transport with the limits of [`Patience`].
///
/// A socket that is closed with unread bytes, or while bytes arrive, is reset. The peer then loses
/// a response that it has not read yet (RFC 9112 section 9.6). So the write half is closed first,
/// and arriving bytes are discarded until the peer closes, within limits. A connection without
/// unread or expected bytes is closed immediately.
#[derive(Debug)]
pub(super) struct Transport<S> {
    inner: S,
    patience: Patience,
    unread: Unread,
    stalled: Option<Pin<Box<Sleep>>>,
    closing: Option<Closing>,
}

/// Flag for an unread rest of the last request, shared with the service.
#[derive(Debug, Clone, Default)]
pub(super) struct Unread(Arc<AtomicBool>);

impl Unread {
    /// Marks the last request as not fully read.
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Closing {
    until: Pin<Box<Sleep>>,
    left: u64,
}

/// Size of the buffer for discarded bytes.
const DISCARD: usize = 16 * 1024;

/// A connection that can be closed without sending its buffered bytes.
pub(super) trait Discard {
    /// Sets the connection to be reset when closed.
    fn discard_unsent(&self);
}

impl Discard for TcpStream {
    fn discard_unsent(&self) {
        if let Err(error) = self.set_zero_linger() {
            tracing::debug!(%error, "SO_LINGER could not be set before the reset of a connection");
        }
    }
}

impl<S: Discard> Transport<S> {
    pub(super) fn new(inner: S, patience: Patience, unread: Unread) -> Self {
        Self { inner, patience, unread, stalled: None, closing: None }
    }

    /// Returns the outcome of a write, or a time-out if the peer has accepted no byte for too long.
    fn watch<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stall = self.patience.stall;
        let timer = self.stalled.get_or_insert_with(|| Box::pin(sleep(stall)));
        ready!(timer.as_mut().poll(context));
        // Bytes still buffered by the system are discarded.
        self.inner.discard_unsent();
        let reason = "the peer took nothing of its answer in time";
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, reason)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Transport<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Discard + Unpin> AsyncWrite for Transport<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.watch(written, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write_vectored(context, slices);
        this.watch(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.inner).poll_flush(context);
        this.watch(flushed, context)
    }

    /// Closes the write half, then discards arriving bytes until the peer closes or a limit is
    /// reached.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let closing = match &mut this.closing {
            Some(closing) => closing,
            None => {
                ready!(Pin::new(&mut this.inner).poll_shutdown(context))?;
                let until = Box::pin(sleep(this.patience.linger));
                this.closing.insert(Closing { until, left: this.patience.linger_bytes })
            }
        };
        let mut discarded = [0; DISCARD];
        while closing.left > 0 && closing.until.as_mut().poll(context).is_pending() {
            let mut buffer = ReadBuf::new(&mut discarded);
            match Pin::new(&mut this.inner).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) => this.unread.set(),
                // The peer has disconnected, so no response is possible.
                Poll::Ready(Err(_)) => break,
                Poll::Pending if this.unread.0.load(Ordering::Relaxed) => return Poll::Pending,
                Poll::Pending => break,
            }
            match buffer.filled().len() {
                0 => break,
                read => closing.left = closing.left.saturating_sub(read as u64),
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::Instant;

    use super::*;

    impl Discard for tokio::io::DuplexStream {
        fn discard_unsent(&self) {}
    }

    const TIMEOUTS: Patience =
        Patience { stall: Duration::from_secs(30), linger: Duration::from_secs(10), linger_bytes: 100_000 };

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_for_30_seconds_is_given_up() {
        let (server, _client) = duplex(1024);
        let began = Instant::now();
        let error = Transport::new(server, TIMEOUTS, Unread::default())
            .write_all(&[0; 4096])
            .await
            .expect_err("given up");
        assert_eq!((error.kind(), began.elapsed().as_secs()), (io::ErrorKind::TimedOut, 30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_peer_that_takes_something_is_waited_for() {
        let (server, mut client) = duplex(1024);
        let reader = tokio::spawn(async move {
            let mut taken = [0; 1024];
            for _ in 0..4 {
                sleep(Duration::from_secs(29)).await;
                client.read_exact(&mut taken).await.expect("read");
            }
        });
        Transport::new(server, TIMEOUTS, Unread::default()).write_all(&[0; 4096]).await.expect("written");
        reader.await.expect("ends");
    }

    #[tokio::test(start_paused = true)]
    async fn what_arrives_after_the_last_answer_is_discarded_within_bounds() {
        let shut_after = async |sends: usize, closes: bool| {
            let (server, mut client) = duplex(1024);
            let began = Instant::now();
            let sender = tokio::spawn(async move {
                let sent = client.write_all(&vec![0; sends]).await.is_ok();
                if !closes {
                    sleep(Duration::from_secs(60)).await;
                }
                sent
            });
            let unread = Unread::default();
            unread.set();
            let mut transport = Transport::new(server, TIMEOUTS, unread);
            transport.shutdown().await.expect("shut");
            drop(transport);
            (sender.await.expect("ends"), began.elapsed().as_secs())
        };
        assert_eq!(shut_after(90_000, true).await, (true, 0), "all of it was taken");
        assert_eq!(shut_after(10, false).await, (true, 60), "a peer that neither sends nor closes");
        assert!(!shut_after(200_000, true).await.0, "more than is discarded");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_anything_unread_is_closed_at_once() {
        let (server, _idle) = duplex(1024);
        let began = Instant::now();
        Transport::new(server, TIMEOUTS, Unread::default()).shutdown().await.expect("shut");
        assert_eq!(began.elapsed().as_secs(), 0);
    }
}
