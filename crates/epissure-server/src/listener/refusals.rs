//! Complete error responses to messages that hyper cannot parse.
//!
//! hyper responds to a malformed head without calling a handler: 400, 414 or 431, without a body.
//! It then closes the connection. [`Completed`] replaces such a response with one that has the
//! contract's error and a request identifier.
//!
//! It does not search for the response in the bytes that hyper writes. A connection has at most one
//! exchange at a time. An [`Exchange`] follows it: from the call of the service, through the end of
//! the response body, to the flush of its last byte. Outside an exchange, hyper can only write its
//! own response. A response of another form passes unchanged.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::{Buf as _, Bytes};
use http::{Response, StatusCode};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::wire::RawTarget;

/// Returns the response to a message that hyper refuses, from its status and the known beginning of
/// the request target.
pub type Refuse = Arc<dyn Fn(StatusCode, &str) -> Response<String> + Send + Sync>;

/// The state of the exchange on a connection, shared by its service and its transport.
#[derive(Debug, Clone, Default)]
pub(super) struct Exchange(Arc<AtomicU8>);

/// No request is in progress, and no response is buffered.
const NONE: u8 = 0;
/// A request is in progress.
const ANSWERING: u8 = 1;
/// The response body has ended; hyper may still buffer its last bytes.
const BUFFERED: u8 = 2;

impl Exchange {
    /// Starts an exchange.
    pub(super) fn begin(&self) {
        self.0.store(ANSWERING, Ordering::Relaxed);
    }

    /// Wraps a response, whose exchange ends with its body.
    pub(super) fn follow(self, answer: Response<Body>) -> Response<Body> {
        answer.map(|body| Body::new(FollowedBody { body, _end: End(self) }))
    }

    fn flushed(&self) {
        let _ = self.0.compare_exchange(BUFFERED, NONE, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn is_none(&self) -> bool {
        self.0.load(Ordering::Relaxed) == NONE
    }
}

/// Marks the response of an exchange as buffered when dropped.
struct End(Exchange);

impl Drop for End {
    fn drop(&mut self) {
        self.0.0.store(BUFFERED, Ordering::Relaxed);
    }
}

/// A response body. hyper drops it when it has buffered its last byte.
struct FollowedBody {
    body: Body,
    _end: End,
}

impl HttpBody for FollowedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A transport that completes hyper's own responses.
pub(super) struct Completed<S> {
    inner: RawTarget<S>,
    exchange: Exchange,
    refuse: Refuse,
    /// Rest of a completed response that is not written yet.
    pending: Bytes,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Completed<S> {
    pub(super) fn new(inner: RawTarget<S>, exchange: Exchange, refuse: Refuse) -> Self {
        Self { inner, exchange, refuse, pending: Bytes::new() }
    }

    /// Returns the response to write instead of `written`, if `written` is hyper's own.
    fn complete(&self, written: &[u8]) -> Option<Bytes> {
        if !self.exchange.is_none() {
            return None;
        }
        let head = std::str::from_utf8(written).ok()?.strip_suffix("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?;
        let mut status = StatusCode::from_bytes(status.as_bytes()).ok()?;
        // hyper reports any head beyond its limit as one with too large fields.
        if status == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE && self.inner.reads_target() {
            status = StatusCode::URI_TOO_LONG;
        }
        let answer = (self.refuse)(status, &String::from_utf8_lossy(self.inner.target()));
        let mut bytes = format!("HTTP/1.1 {}\r\n", answer.status()).into_bytes();
        for line in lines.filter(|line| !line.starts_with("content-length:")) {
            bytes.extend_from_slice(line.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        for (name, value) in answer.headers() {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", answer.body().len()).as_bytes());
        if !self.inner.reads_head_request() {
            bytes.extend_from_slice(answer.body().as_bytes());
        }
        Some(bytes.into())
    }

    /// Writes the rest of a completed response.
    fn poll_pending(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let written = ready!(Pin::new(&mut self.inner).poll_write(context, &self.pending))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.pending.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Completed<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Completed<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_pending(context))?;
        match this.complete(bytes) {
            Some(answer) => {
                this.pending = answer;
                Poll::Ready(Ok(bytes.len()))
            }
            None => Pin::new(&mut this.inner).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // hyper's own response is one slice.
        match slices {
            [only] => Pin::new(this).poll_write(context, only),
            several => {
                ready!(this.poll_pending(context))?;
                Pin::new(&mut this.inner).poll_write_vectored(context, several)
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_pending(context))?;
        ready!(Pin::new(&mut this.inner).poll_flush(context))?;
        this.exchange.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_pending(context))?;
        Pin::new(&mut this.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    const BARE: &[u8] = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    const WHOLE: &str =
        "HTTP/1.1 400 Bad Request\r\nconnection: close\r\nx-status: 400\r\ncontent-length: 3\r\n\r\nwhy";

    /// Returns a transport whose peer reads a few bytes at a time.
    fn connection(exchange: &Exchange) -> (Completed<DuplexStream>, DuplexStream) {
        let (near, far) = duplex(7);
        let refuse: Refuse = Arc::new(|status, _| {
            let answer = Response::builder().status(status).header("x-status", status.as_u16());
            answer.body("why".to_owned()).unwrap_or_default()
        });
        (Completed::new(RawTarget::new(near), exchange.clone(), refuse), far)
    }

    /// Writes and flushes each slice, closes the connection, and returns the bytes that the peer
    /// reads.
    async fn read(exchange: &Exchange, writes: &'static [&'static [u8]]) -> String {
        let (mut near, mut far) = connection(exchange);
        let writing = tokio::spawn(async move {
            for bytes in writes {
                near.write_all(bytes).await.unwrap();
                near.flush().await.unwrap();
            }
            near.shutdown().await.unwrap();
        });
        let mut text = String::new();
        far.read_to_string(&mut text).await.unwrap();
        writing.await.unwrap();
        text
    }

    #[tokio::test]
    async fn an_answer_outside_an_exchange_is_completed() {
        assert_eq!(read(&Exchange::default(), &[BARE]).await, WHOLE);
    }

    #[tokio::test]
    async fn a_body_that_reads_as_a_refusal_is_not_touched() {
        let exchange = Exchange::default();
        exchange.begin();
        assert_eq!(read(&exchange, &[BARE, BARE]).await.as_bytes(), [BARE, BARE].concat());
    }

    #[tokio::test]
    async fn an_exchange_ends_when_the_last_of_its_answer_is_flushed() {
        let exchange = Exchange::default();
        exchange.begin();
        let answer = exchange.clone().follow(Response::new(Body::from("body")));
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "body");
        // The first write is the rest of the response, which hyper has buffered.
        let text = read(&exchange, &[BARE, BARE]).await;
        assert_eq!(text, format!("{}{WHOLE}", String::from_utf8_lossy(BARE)));
    }

    #[tokio::test]
    async fn an_answer_of_another_form_passes_unchanged() {
        for bytes in [&[b"HTTP/1.1 400 Bad Request\r\n".as_slice()][..], &[b"\xff\r\n\r\n".as_slice()]] {
            let (mut near, mut far) = connection(&Exchange::default());
            let bytes = bytes.concat();
            let sent = bytes.clone();
            let writing = tokio::spawn(async move { near.write_all(&sent).await });
            let mut read = vec![0; bytes.len()];
            far.read_exact(&mut read).await.unwrap();
            writing.await.unwrap().unwrap();
            assert_eq!(read, bytes);
        }
    }
}
