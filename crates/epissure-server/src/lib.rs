//! The HTTP server: transport only. A handler parses, authorises, calls one use case of [`epissure_app`], and
//! renders; it decides nothing else.
//!
//! | Module | Serves |
//! |---|---|
//! | [`anomalie`] | `/anomalie-adresse` and `/api/v2/anomalie-adresse` |
//! | [`party`] | `/united-way/party-management/v1` |
//! | [`oauth`] | `/oauth/…`, `/.well-known/oauth-authorization-server` |
//! | [`operations`] | `/health/…`, `/metrics` |
//! | [`openapi`] | `/openapi/…`, `/docs` |
//! | [`background`] | nobody: what the server does by itself |
//! | [`delivery`] | nobody: it calls others |
//! | [`listener`] | connections: limits, time-outs, graceful stop |
//! | [`wire`] | raw bytes in request targets, encoded before HTTP is parsed |

pub mod anomalie;
mod answer;
mod authorise;
pub mod background;
mod body;
mod conditions;
mod cors;
mod deadline;
pub mod delivery;
mod held;
mod http_date;
pub mod listener;
mod message;
mod negotiate;
pub mod oauth;
mod observe;
pub mod openapi;
pub mod operations;
mod paging;
mod parameters;
pub mod party;
mod rendering;
mod scope;
mod segment;
mod selection;
mod upload;
pub mod wire;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use epissure_app::App;
use epissure_protocol::problem::Shape;
use epissure_protocol::refusal::HttpRefusal;
use http::HeaderValue;
use listener::Limits;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::Layer as _;
use tower::util::MapRequestLayer;

/// How the server is reached and what it accepts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address under which callers know the server, without a final slash: `https://oi.example`.
    pub base_url: String,
    /// The largest body of a JSON request, in bytes.
    pub body_limit: usize,
    /// Origins whose pages a browser lets call the server, as `https://app.example`; none unless an administrator
    /// names them.
    pub cors_origins: Vec<HeaderValue>,
}

impl Settings {
    /// The usual limits, for an address.
    #[must_use]
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into().trim_end_matches('/').to_owned(),
            body_limit: 1024 * 1024,
            cors_origins: Vec::new(),
        }
    }
}

/// What every handler works with.
#[derive(Clone)]
pub struct Server {
    /// The use cases.
    pub app: Arc<App>,
    /// See [`Settings`].
    pub settings: Arc<Settings>,
    metrics: PrometheusHandle,
    readiness: Arc<operations::Readiness>,
    /// Whether the server stops: answers that have no end of their own then end.
    stopping: watch::Sender<bool>,
}

impl Server {
    /// A server over an application. Metrics are those of the process.
    #[must_use]
    pub fn new(app: Arc<App>, settings: Settings) -> Self {
        Self {
            app,
            settings: Arc::new(settings),
            metrics: operations::recorder(),
            readiness: Arc::default(),
            stopping: watch::Sender::new(false),
        }
    }

    /// Serves until `stop` is done; then accepts nothing more and lets what runs end.
    ///
    /// # Errors
    /// When the listener breaks.
    pub async fn serve(
        self,
        listener: TcpListener,
        limits: Limits,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let stopping = self.stopping.clone();
        let stop = async move {
            stop.await;
            stopping.send_replace(true);
        };
        let upkeep = operations::upkeep(self.metrics.clone());
        let observer = observe::Observer::new(Arc::clone(&self.app));
        let refuse: listener::Refuse = Arc::new(move |status, target| observer.refuse(status, target));
        tokio::select! {
            served = listener::serve(listener, self.router(), refuse, limits, stop) => served,
            () = upkeep => Ok(()),
        }
    }

    /// Everything that is served.
    pub fn router(self) -> Router {
        let observer = observe::Observer::new(Arc::clone(&self.app));
        let mut routes = Router::new()
            .merge(anomalie::router(&self))
            .merge(party::router(&self))
            .merge(oauth::router(&self))
            .merge(operations::router(&self))
            .merge(openapi::router(&self))
            .fallback(not_found)
            .method_not_allowed_fallback(method_not_allowed);
        if !self.settings.cors_origins.is_empty() {
            let cors = cors::layer(&self.settings.cors_origins);
            routes = routes.layer(axum::middleware::from_fn_with_state(cors, cors::apply));
        }
        let routes = routes.layer(axum::middleware::from_fn_with_state(observer, observe::observe));
        // Routes are chosen within, so that the path is settled before.
        Router::new()
            .fallback_service(MapRequestLayer::new(message::without_trailing_slash::<Body>).layer(routes))
    }
}

/// The shape of errors on a path that no handler serves.
pub(crate) fn shape_of(path: &str) -> Shape {
    const SHAPES: &[(&str, Shape)] = &[("/api/v2", Shape::Interop), (party::MOUNT, Shape::Party)];
    SHAPES.iter().find(|(mount, _)| path.starts_with(mount)).map_or(Shape::Gateway, |(_, shape)| *shape)
}

async fn not_found(request: Request) -> Response {
    answer::problem(&HttpRefusal::NoPath.into(), shape_of(request.uri().path()))
}

async fn method_not_allowed(request: Request) -> Response {
    let problem = HttpRefusal::Method { method: request.method().to_string() }.into();
    answer::problem(&problem, shape_of(request.uri().path()))
}
