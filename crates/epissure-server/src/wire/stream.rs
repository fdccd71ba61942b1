//! The state machine as a transport.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Framing;

/// A transport whose reader percent-encodes raw bytes in HTTP/1 request targets.
///
/// Pass it to an HTTP/1 server connection instead of the transport. Bytes are read directly into
/// the caller's buffer, and copied only if one needs encoding. Writes pass unchanged.
#[derive(Debug)]
pub struct RawTarget<S> {
    inner: S,
    framing: Framing,
    /// Encoded bytes that exceeded the caller's buffer in the last read.
    pending: BytesMut,
}

impl<S> RawTarget<S> {
    /// Wraps a transport on which nothing has been read yet.
    pub fn new(inner: S) -> Self {
        Self { inner, framing: Framing::new(), pending: BytesMut::new() }
    }

    /// Returns the transport, for instance to get the address of the peer.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Returns the beginning of the target of the request being read; see [`Framing::target`].
    pub fn target(&self) -> &[u8] {
        self.framing.target()
    }

    /// Returns true while a request target is being read; see [`Framing::reads_target`].
    pub fn reads_target(&self) -> bool {
        self.framing.reads_target()
    }

    /// Returns true if the request being read is a HEAD; see [`Framing::reads_head_request`].
    pub fn reads_head_request(&self) -> bool {
        self.framing.reads_head_request()
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.pending.len()
    }

    fn serve_pending(&mut self, buf: &mut ReadBuf<'_>) {
        let served = self.pending.len().min(buf.remaining());
        buf.put_slice(&self.pending[..served]);
        self.pending.advance(served);
        if self.pending.is_empty() {
            // Raw targets are rare, so an idle connection frees the memory.
            self.pending = BytesMut::new();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for RawTarget<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.pending.is_empty() {
            let before = buf.filled().len();
            ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
            let read = &buf.filled()[before..];
            let unchanged = this.framing.unchanged(read);
            if unchanged == read.len() {
                return Poll::Ready(Ok(()));
            }
            this.framing.advance(&read[unchanged..], &mut this.pending);
            buf.set_filled(before + unchanged);
        }
        this.serve_pending(buf);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RawTarget<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
