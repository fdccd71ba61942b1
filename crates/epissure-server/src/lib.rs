//! The HTTP server: transport only. A handler parses, authorises, calls one use case of
//! [`epissure_app`], and renders the result.
//!
//! | Module | Serves |
//! |---|---|
//! | [`anomalie`] | `/anomalie-adresse` and `/api/v2/anomalie-adresse` |
//! | [`party`] | `/united-way/party-management/v1` |
//! | [`oauth`] | `/oauth/…`, `/.well-known/oauth-authorization-server` |
//! | [`operations`] | `/health/…`, `/metrics` |
//! | [`openapi`] | `/openapi/…`, `/docs` |
//! | [`background`] | no path: periodic tasks |
//! | [`delivery`] | no path: sends events to partners |
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

/// Address of the server, and its limits.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Base URL under which callers know the server, without a trailing slash:
    /// `https://oi.example`.
    pub base_url: String,
    /// Maximum size of a JSON request body, in bytes.
    pub body_limit: usize,
    /// Origins permitted by CORS, such as `https://app.example`. Empty by default.
    pub cors_origins: Vec<HeaderValue>,
}

impl Settings {
    /// Returns the default limits for a base URL.
    #[must_use]
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into().trim_end_matches('/').to_owned(),
            body_limit: 1024 * 1024,
            cors_origins: Vec::new(),
        }
    }
}

/// State of every handler.
#[derive(Clone)]
pub struct Server {
    /// The application, with its use cases.
    pub app: Arc<App>,
    /// Base URL and limits.
    pub settings: Arc<Settings>,
    metrics: PrometheusHandle,
    readiness: Arc<operations::Readiness>,
    /// True once the server stops: event streams then end.
    stopping: watch::Sender<bool>,
}

impl Server {
    /// Creates a server for an application. Metrics are global to the process.
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

    /// Serves until `stop` completes, then refuses new connections and waits for requests in
    /// progress.
    ///
    /// # Errors
    /// Fails when the listener fails.
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

    /// Returns the router of all paths.
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
        // The path is rewritten before the inner router matches it.
        Router::new()
            .fallback_service(MapRequestLayer::new(message::without_trailing_slash::<Body>).layer(routes))
    }
}

/// Returns the error format of a path without a handler.
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
