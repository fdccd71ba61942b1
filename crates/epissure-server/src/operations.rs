//! Liveness, readiness and metrics, for the tools of an administrator.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use epissure_app::App;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde_json::json;
use tokio::sync::Mutex;

use crate::{Server, answer};

/// Upper bounds of the duration histogram's buckets, in seconds.
const BUCKETS: &[f64] =
    &[0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Returns the metrics recorder of the process. The first call installs it.
pub(crate) fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let durations = Matcher::Suffix("_seconds".to_owned());
            let builder = PrometheusBuilder::new().set_buckets_for_metric(durations, BUCKETS);
            let recorder = builder.unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder is installed; /metrics will stay empty");
            }
            describe();
            handle
        })
        .clone()
}

fn describe() {
    metrics::describe_counter!("http_requests_total", "Requests answered, by method, route and status");
    metrics::describe_histogram!(
        "http_request_duration_seconds",
        metrics::Unit::Seconds,
        "Time from a request's head to its answer's head"
    );
    metrics::describe_counter!("event_deliveries_total", "Attempts to deliver an event, by OC and outcome");
    metrics::describe_histogram!(
        "event_delivery_duration_seconds",
        metrics::Unit::Seconds,
        "Time that an attempt to deliver an event took"
    );
}

pub(crate) fn router(server: &Server) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics_text))
        .with_state(server.clone())
}

/// Responds 200 while the process runs.
async fn live() -> Response {
    answer::json(StatusCode::OK, &json!({"status": "up"}))
}

/// Responds 200 if the database accepts reads and writes.
async fn ready(State(server): State<Server>) -> Response {
    match server.readiness.ask(&server.app).await {
        true => answer::json(StatusCode::OK, &json!({"status": "ready"})),
        false => answer::json(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": "database unavailable"})),
    }
}

/// Cached result of the readiness check, so that frequent probes do not cause frequent writes.
#[derive(Debug, Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, bool)>>);

/// Time for which a result is reused.
const READY_TTL: Duration = Duration::from_secs(1);
/// Time limit of the database for a read and a write. Orchestrators usually wait two seconds.
const READY_TIME: Duration = Duration::from_millis(1500);

impl Readiness {
    async fn ask(&self, app: &App) -> bool {
        let asked = async {
            let mut last = self.0.lock().await;
            if let Some((at, ready)) = *last
                && at.elapsed() < READY_TTL
            {
                return ready;
            }
            let checked = match app.store.check().await {
                Ok(()) => app.store.check_write(app.clock.now()).await,
                Err(error) => Err(error),
            };
            if let Err(error) = &checked {
                tracing::warn!(%error, "not ready");
            }
            *last = Some((Instant::now(), checked.is_ok()));
            checked.is_ok()
        };
        tokio::time::timeout(READY_TIME, asked).await.unwrap_or_else(|_| {
            tracing::warn!("not ready: the database did not answer in time");
            false
        })
    }
}

/// Interval at which the recorder moves histogram values into their buckets. Until then it stores
/// each value.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Runs the upkeep of the recorder until dropped.
pub(crate) async fn upkeep(recorder: PrometheusHandle) {
    let mut turns = tokio::time::interval(UPKEEP_EVERY);
    loop {
        turns.tick().await;
        recorder.run_upkeep();
    }
}

async fn metrics_text(State(server): State<Server>) -> Response {
    let mut response = Response::new(axum::body::Body::from(server.metrics.render()));
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}
