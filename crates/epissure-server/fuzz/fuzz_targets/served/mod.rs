//! Router of a server with a private SQLite database and one open ticket. Requests are passed
//! without a network.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use epissure_server::listener::ClientAddress;
use epissure_server::{Server, Settings};
use epissure_testkit::{TestServer, fixtures};
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// The server under test, with its tokens and ticket.
pub struct Served {
    runtime: Runtime,
    router: Router,
    /// Removes its database when dropped.
    _server: TestServer,
    /// Token of the operator that opened the ticket.
    pub oc: String,
    /// Token of the operator that processes the ticket.
    pub oi: String,
    /// Identifier of the ticket.
    pub ticket: String,
}

/// The server of this process, started at the first request.
pub static SERVED: LazyLock<Served> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("a runtime");
    let (server, tokens, ticket) = runtime.block_on(async {
        let server = TestServer::start().await;
        let (oc, oi) = (server.login("sfra-oc").await, server.login("ftel-oi").await);
        let opened = oc.post("/anomalie-adresse", &fixtures::modification()).await.expect(201);
        let tokens = [oc, oi].map(|api| api.token().expect("a token").to_owned());
        (server, tokens, opened.body["id"].as_str().expect("an identifier").to_owned())
    });
    let router = Server::new(server.app.clone(), Settings::new("http://127.0.0.1")).router();
    let [oc, oi] = tokens;
    Served { runtime, router, _server: server, oc, oi, ticket }
});

impl Served {
    /// Sends a request and returns the status. The response is read to its end, except for a stream
    /// of events.
    ///
    /// # Panics
    /// Panics when the response is a server error, or its body ends early.
    pub fn status(&self, mut request: Request<Body>) -> StatusCode {
        request.extensions_mut().insert(ClientAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        self.runtime.block_on(async {
            let Ok(response) = self.router.clone().oneshot(request).await;
            let status = response.status();
            assert!(!status.is_server_error() || status == StatusCode::NOT_IMPLEMENTED, "{status}");
            let media = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            if !media.is_some_and(|media| media.starts_with("text/event-stream")) {
                axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a whole body");
            }
            status
        })
    }
}
