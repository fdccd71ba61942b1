use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};

use super::encode;
use crate::wire::RawTarget;

/// A transport that serves `input` and records the calls to its write side.
#[derive(Debug, Default)]
struct Recorder {
    input: Vec<u8>,
    calls: Vec<String>,
}

impl AsyncRead for Recorder {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = self.input.len().min(buf.remaining());
        buf.put_slice(&self.input[..read]);
        self.input.drain(..read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Recorder {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.calls.push(format!("write {}", buf.escape_ascii()));
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.calls.push(format!("write {} slices", bufs.len()));
        Poll::Ready(Ok(bufs.iter().map(|buf| buf.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.calls.push("flush".to_owned());
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.calls.push("shutdown".to_owned());
        Poll::Ready(Ok(()))
    }
}

fn reading(input: &[u8]) -> RawTarget<Recorder> {
    RawTarget::new(Recorder { input: input.to_vec(), calls: Vec::new() })
}

#[tokio::test]
async fn a_read_buffer_of_any_size_gets_the_same_bytes() {
    let input = b"GET /?<<<<>>>>\" HTTP/1.1\r\ncontent-length: 2\r\n\r\n<>GET /?{} HTTP/1.1\r\n\r\n";
    let expected = super::advance(input);
    for size in 1..100 {
        let mut stream = reading(input);
        let (mut out, mut buffer) = (Vec::new(), vec![0; size]);
        loop {
            let read = stream.read(&mut buffer).await.unwrap();
            if read == 0 {
                break;
            }
            out.extend_from_slice(&buffer[..read]);
        }
        assert_eq!(out, expected, "{size}");
    }
}

#[tokio::test]
async fn a_partly_filled_read_buffer_keeps_what_it_holds() {
    let mut stream = reading(b"GET /?<> HTTP/1.1\r\n\r\n");
    let mut bytes = [0; 13];
    let mut buf = ReadBuf::new(&mut bytes);
    buf.put_slice(b"held");
    std::future::poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut buf)).await.unwrap();
    assert_eq!(buf.filled(), b"heldGET /?%3C");
}

#[tokio::test]
async fn a_very_long_target_is_streamed() {
    let target = [b"/?".as_slice(), &"<é".repeat(50_000).into_bytes()].concat();
    let mut stream = reading(&[b"GET ", target.as_slice(), b" HTTP/1.1\r\n\r\n"].concat());
    let (mut out, mut buffer) = (Vec::new(), vec![0; 512]);
    loop {
        let read = stream.read(&mut buffer).await.unwrap();
        if read == 0 {
            break;
        }
        assert!(stream.held() <= 3 * buffer.len());
        out.extend_from_slice(&buffer[..read]);
    }
    // Beyond the limit on heads the layer gives up; hyper stops reading earlier.
    let encoded = [b"GET ", encode(&target).as_slice()].concat();
    assert!(out.starts_with(&encoded[..400_000]));
    assert_eq!(stream.held(), 0);
}

#[tokio::test]
async fn writes_go_to_the_transport_untouched() {
    let mut stream = reading(b"");
    assert!(stream.is_write_vectored());
    stream.write_all(b"GET /?<> HTTP/1.1").await.unwrap();
    let written = stream.write_vectored(&[IoSlice::new(b"<"), IoSlice::new(b">")]).await.unwrap();
    assert_eq!(written, 2);
    stream.flush().await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(stream.get_ref().calls, ["write GET /?<> HTTP/1.1", "write 2 slices", "flush", "shutdown"]);
}
