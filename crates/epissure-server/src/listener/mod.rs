//! Connections: accepted within bounds, cut when they make no progress, and ended in order when the server stops.

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

/// What connections may do.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once; further ones are answered 503 and closed.
    pub connections: usize,
    /// Connections at once from one address, or from one /64 of IPv6; those of trusted proxies are not counted.
    pub connections_per_address: usize,
    /// How long a request's head may take to arrive; also how long an idle connection is kept open.
    pub head: Duration,
    /// The longest head, in bytes.
    pub head_bytes: usize,
    /// How long a caller may take nothing of an answer.
    pub stall: Duration,
    /// How long the rest of a request is discarded after an answer that came before it.
    pub linger: Duration,
    /// How much of it is discarded, in bytes.
    pub linger_bytes: u64,
    /// How long the requests that run when the server stops may take to end.
    pub grace: Duration,
    /// The proxies that name the caller.
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

/// Connections that wait to be accepted, in the kernel.
pub const BACKLOG: u32 = 4096;

/// Serves until `stop` is done; then accepts nothing more and lets what runs end.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    refusal: Refuse,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    // Every connection has a receiver until it has ended.
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
                // It cannot fail before the server has stopped.
                let _ = stopped.wait_for(|stopping| *stopping).await;
            };
            // Connection errors are the peer's: it broke off, or spoke no HTTP.
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
                // Out of file descriptors, as a rule: it passes when connections end.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Tells a connection without a place why it is closed, if that can be written at once.
fn refuse(stream: &TcpStream, why: NoPlace) {
    metrics::counter!("http_connections_refused_total").increment(1);
    tracing::debug!(?why, "a connection was refused");
    let answer = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n\
                   Content-Length: 0\r\n\r\n";
    let _ = stream.try_write(answer);
}

/// The last change of protocol that a peer has proposed on a connection, for instance Java's to HTTP/2.
///
/// The server changes to no other protocol. But hyper returns the transport of such a connection open, for the new
/// protocol, so the connection's task closes it. A dropped transport is reset, and the peer can lose its answer.
#[derive(Default)]
struct ProposedUpgrade(Mutex<Option<OnUpgrade>>);

impl ProposedUpgrade {
    /// Remembers the proposal of a request, if it has one.
    fn remember(&self, request: &mut Request<Incoming>) {
        if request.extensions().get::<OnUpgrade>().is_some() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(hyper::upgrade::on(request));
        }
    }

    /// Closes the transport of an ended connection, as [`Transport`] closes any.
    async fn close(self) {
        let proposed = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(proposed) = proposed else { return };
        if let Ok(transport) = proposed.await {
            // An error is the peer's: it has closed already.
            let _ = TokioIo::new(transport).shutdown().await;
        }
    }
}

/// Serves a connection to its end; from `stop` on, no further request of it.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    refusal: Refuse,
    limits: &Limits,
    stop: impl Future<Output = ()>,
) -> hyper::Result<()> {
    // A small answer is sent at once.
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

/// Answers a request. A handler may answer before the body has arrived: when the rest is more than a trifle, the
/// answer says that the connection ends with it.
async fn treat(router: Router, request: Request<Incoming>, unread: Unread) -> Result<Response, Infallible> {
    if request.body().is_end_stream() {
        return router.oneshot(request.map(Body::new)).await;
    }
    // Reading the body of a caller that waits for leave to send it would be that leave.
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
