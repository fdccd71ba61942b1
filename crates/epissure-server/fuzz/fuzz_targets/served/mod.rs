//! The router of a server over a private SQLite, with one open ticket. Requests reach it without a network.

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

/// What requests are sent to.
pub struct Served {
    runtime: Runtime,
    router: Router,
    /// Its database is removed when this is dropped.
    _server: TestServer,
    /// A token of the operator that opened the ticket.
    pub oc: String,
    /// A token of the operator that treats it.
    pub oi: String,
    /// The identifier of the ticket.
    pub ticket: String,
}

/// The server of this process.
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
    /// The status of the answer, which is read to its end unless it is a stream of events.
    ///
    /// # Panics
    /// When the answer is an error of the server, or its body breaks off.
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
