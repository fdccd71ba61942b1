//! Connections: limits on their number, time-outs without progress, and graceful stop.

mod body;
mod places;
mod proxies;
mod refusals;
mod transport;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::header::{CONNECTION, EXPECT};
use http::{HeaderValue, Request};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::wire::RawTarget;
use body::SharedBody;
use places::{NoPlace, Places};
pub use proxies::{ClientAddress, TrustedProxies};
pub use refusals::Refuse;
use refusals::{Completed, Exchange};
use transport::{Patience, Transport, Unread};

/// Limits of connections.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Maximum number of connections. Further ones receive 503 and are closed.
    pub connections: usize,
    /// Maximum number of connections from one IPv4 address or IPv6 /64. Trusted proxies are not
    /// counted.
    pub connections_per_address: usize,
    /// Time limit for the head of a request, and for an idle connection.
    pub head: Duration,
    /// Maximum size of a head, in bytes.
    pub head_bytes: usize,
    /// Time limit without progress while a response is sent.
    pub stall: Duration,
    /// Time limit for discarding the rest of a request after an early response.
    pub linger: Duration,
    /// Maximum size of the discarded rest, in bytes.
    pub linger_bytes: u64,
    /// Time limit for requests in progress when the server stops.
    pub grace: Duration,
    /// Proxies whose headers name the caller.
    pub proxies: TrustedProxies,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_address: 256,
            head: Duration::from_secs(20),
            head_bytes: 64 * 1024,
            stall: Duration::from_secs(30),
            linger: Duration::from_secs(30),
            linger_bytes: 64 * 1024 * 1024,
            grace: Duration::from_secs(30),
            proxies: TrustedProxies::default(),
        }
    }
}

/// Maximum number of connections in the accept queue of the kernel.
pub const BACKLOG: u32 = 4096;

/// Serves until `stop` completes, then refuses new connections and waits for requests in progress.
///
/// # Errors
/// Fails when the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    refusal: Refuse,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    // Each connection has a receiver until it ends.
    let stopping = watch::Sender::new(false);
    let places = Places::new(limits.connections, limits.connections_per_address, limits.proxies.clone());
    tokio::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut stop => break,
        };
        let place = match places.take(peer.ip()) {
            Ok(place) => place,
            Err(why) => {
                refuse(&stream, why);
                continue;
            }
        };
        let (router, refusal, limits) = (router.clone(), refusal.clone(), limits.clone());
        let mut stopped = stopping.subscribe();
        tokio::spawn(async move {
            let stop = async {
                // The sender exists until the server has stopped.
                let _ = stopped.wait_for(|stopping| *stopping).await;
            };
            // Connection errors are the peer's: it disconnected, or sent no valid HTTP.
            if let Err(error) = connection(stream, peer, router, refusal, &limits, stop).await {
                tracing::debug!(%error, %peer, "a connection ended with an error");
            }
            drop((place, stopped));
        });
    }
    drop(listener);
    stopping.send_replace(true);
    if tokio::time::timeout(limits.grace, stopping.closed()).await.is_err() {
        tracing::warn!("some requests did not finish before the shutdown deadline and were aborted");
    }
    Ok(())
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                // Usually the server is out of file descriptors until connections end.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Sends a refusal to a connection above the limits, if the socket accepts it immediately.
fn refuse(stream: &TcpStream, why: NoPlace) {
    metrics::counter!("http_connections_refused_total").increment(1);
    tracing::debug!(?why, "a connection was refused");
    let answer = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n\
                   Content-Length: 0\r\n\r\n";
    let _ = stream.try_write(answer);
}

/// Last protocol upgrade that a peer has proposed on a connection, for instance Java's to HTTP/2.
///
/// The server accepts no upgrade. But hyper returns the transport of such a connection open, for
/// the new protocol, so the connection's task closes it. A dropped transport is reset, and the peer
/// can lose its response.
#[derive(Default)]
struct ProposedUpgrade(Mutex<Option<OnUpgrade>>);

impl ProposedUpgrade {
    /// Stores the proposal of a request, if it has one.
    fn remember(&self, request: &mut Request<Incoming>) {
        if request.extensions().get::<OnUpgrade>().is_some() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(hyper::upgrade::on(request));
        }
    }

    /// Closes the transport of an ended connection like [`Transport`] does.
    async fn close(self) {
        let proposed = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(proposed) = proposed else { return };
        if let Ok(transport) = proposed.await {
            // An error means that the peer has already closed.
            let _ = TokioIo::new(transport).shutdown().await;
        }
    }
}

/// Serves a connection to its end. After `stop` it accepts no further request.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    refusal: Refuse,
    limits: &Limits,
    stop: impl Future<Output = ()>,
) -> hyper::Result<()> {
    // Small responses are sent without delay.
    let _ = stream.set_nodelay(true);
    let unread = Unread::default();
    let Limits { stall, linger, linger_bytes, .. } = *limits;
    let transport = Transport::new(stream, Patience { stall, linger, linger_bytes }, unread.clone());
    let exchange = Exchange::default();
    let transport = Completed::new(RawTarget::new(transport), exchange.clone(), refusal);
    let proposed = ProposedUpgrade::default();
    let service = hyper::service::service_fn(|mut request: Request<Incoming>| {
        let client = limits.proxies.client(peer.ip(), request.headers());
        request.extensions_mut().insert(client);
        proposed.remember(&mut request);
        exchange.begin();
        let (exchange, answered) = (exchange.clone(), treat(router.clone(), request, unread.clone()));
        async move { answered.await.map(|answer| exchange.follow(answer)) }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(limits.head_bytes)
            .serve_connection(TokioIo::new(transport), service)
            .with_upgrades()
    );
    tokio::select! {
        ended = connection.as_mut() => ended?,
        () = stop => {
            connection.as_mut().graceful_shutdown();
            connection.await?;
        }
    }
    proposed.close().await;
    Ok(())
}

/// Responds to a request. A handler may respond before the body has arrived. If the rest is long,
/// the response closes the connection.
async fn treat(router: Router, request: Request<Incoming>, unread: Unread) -> Result<Response, Infallible> {
    if request.body().is_end_stream() {
        return router.oneshot(request.map(Body::new)).await;
    }
    // Reading the body would send 100 Continue to a caller with `Expect`.
    let expects_leave = request.headers().contains_key(EXPECT);
    let (parts, body) = request.into_parts();
    let body = SharedBody::new(body);
    let rest = body.clone();
    let mut response = router.oneshot(Request::from_parts(parts, Body::new(body))).await?;
    let ended = rest.is_end_stream() || !expects_leave && rest.finish().await;
    if !ended {
        unread.set();
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}
