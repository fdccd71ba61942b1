//! hyper's HTTP/1 server on an in-memory transport, with a record of its requests.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::wire::RawTarget;

/// A request as received by a handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) fields: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    pub(super) trailers: Vec<(String, Vec<u8>)>,
    /// True if the body ended where its framing says.
    pub(super) whole: bool,
}

#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) seen: Vec<Seen>,
    pub(super) responses: String,
}

impl Exchange {
    /// Returns the statuses of the responses, in order.
    pub(super) fn statuses(&self) -> Vec<&str> {
        self.responses.split("HTTP/1.1 ").skip(1).map(|response| &response[..3]).collect()
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Layer {
    Without,
    With,
}

/// Sends `stream` to a server, at most `piece` bytes per read, and waits for the connection to end.
pub(super) fn exchange(stream: &[u8], layer: Layer, piece: usize) -> Exchange {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let responses = runtime.block_on(async {
        let (client, server) = tokio::io::duplex(piece);
        let server = async {
            match layer {
                Layer::Without => serve(server, &seen).await,
                Layer::With => serve(RawTarget::new(server), &seen).await,
            }
        };
        let both = async { tokio::join!(talk(client, stream), server).0 };
        tokio::time::timeout(Duration::from_secs(20), both).await.expect("the connection ends")
    });
    Exchange { seen: Arc::into_inner(seen).unwrap().into_inner().unwrap(), responses }
}

async fn talk(client: DuplexStream, stream: &[u8]) -> String {
    let (mut reader, mut writer) = tokio::io::split(client);
    let mut responses = Vec::new();
    let write = async {
        // The server may close first; only its responses are compared.
        let _ = writer.write_all(stream).await;
        let _ = writer.shutdown().await;
    };
    let (_, read) = tokio::join!(write, reader.read_to_end(&mut responses));
    read.unwrap();
    String::from_utf8(responses).unwrap()
}

async fn serve<S>(transport: S, seen: &Arc<Mutex<Vec<Seen>>>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request: http::Request<Incoming>| {
        let seen = Arc::clone(seen);
        async move {
            let request = see(request).await;
            seen.lock().unwrap().push(request);
            Ok::<_, Infallible>(http::Response::new(Empty::<Bytes>::new()))
        }
    });
    // A connection that ends in an error is a valid outcome.
    let _ = http1::Builder::new().half_close(true).serve_connection(TokioIo::new(transport), service).await;
}

async fn see(request: http::Request<Incoming>) -> Seen {
    let (head, mut incoming) = request.into_parts();
    let (mut body, mut trailers, mut whole) = (Vec::new(), Vec::new(), true);
    while let Some(frame) = incoming.frame().await {
        match frame.map(hyper::body::Frame::into_data) {
            Ok(Ok(data)) => body.extend_from_slice(&data),
            Ok(Err(frame)) => trailers = fields(frame.trailers_ref().unwrap()),
            Err(_) => {
                whole = false;
                break;
            }
        }
    }
    Seen {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        fields: fields(&head.headers),
        body,
        trailers,
        whole,
    }
}

fn fields(map: &http::HeaderMap) -> Vec<(String, Vec<u8>)> {
    map.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect()
}
