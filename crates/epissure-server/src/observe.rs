//! Middleware of every request: identifier, log line, metrics, and the response when a handler
//! panics or exceeds its time.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use epissure_app::App;
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::{Code, Problem, Shape};
use epissure_protocol::refusal::{HttpRefusal, Language};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use tower::ServiceExt as _;
use tower_http::catch_panic::{CatchPanic, ResponseForPanic};
use tracing::Instrument as _;

use crate::deadline::Deadline;
use crate::{answer, held, message, negotiate, scope, shape_of};

/// Header with the identifier of a request, in requests and responses.
pub(crate) const REQUEST_ID: &str = "x-oapi-request-id";
/// Maximum length of a request target, in bytes.
const LONGEST_TARGET: usize = 8 * 1024;
/// Time limit of a request, counted from the last byte of an upload.
const TREATMENT: Duration = Duration::from_secs(60);

/// Identifier of a request, as an extension for its handler.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// State of the middleware. It generates identifiers for requests without one.
#[derive(Clone)]
pub(crate) struct Observer(Arc<App>);

impl Observer {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self(app)
    }

    fn identifier(&self, headers: &HeaderMap) -> String {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        match given.filter(|given| is_sane(given)) {
            Some(given) => given.to_owned(),
            None => self.new_identifier(),
        }
    }

    fn new_identifier(&self) -> String {
        self.0.entropy.uuid(self.0.clock.now()).to_string()
    }

    /// Logs a message that the HTTP parser refuses with `status`, and returns its response.
    ///
    /// `target` is the beginning of the request target, as far as it was parsed. It selects the
    /// format of the error.
    pub(crate) fn refuse(&self, status: StatusCode, target: &str) -> http::Response<String> {
        let id = self.new_identifier();
        let (method, route) = ("OTHER", "(none)");
        let span = tracing::info_span!("request", id, method, route);
        span.in_scope(|| tracing::info!(status = status.as_u16(), "refused: the request head is invalid"));
        let status_label = status.as_u16().to_string();
        let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status_label)];
        metrics::counter!("http_requests_total", &labels).increment(1);

        let mut body = unreadable(status).body(shape_of(target), Language::English);
        if let Some(told) = body.get_mut("status") {
            *told = status.as_str().into();
        }
        let mut response = http::Response::new(body.to_string());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }
}

/// Returns the problem of a head that is refused with `status`.
fn unreadable(status: StatusCode) -> Problem {
    match status {
        StatusCode::URI_TOO_LONG => Problem::standard(Code::UriTooLong),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => HttpRefusal::Headers.into(),
        _ => HttpRefusal::Head.into(),
    }
}

/// Returns true if an identifier from a caller is safe to log unescaped.
fn is_sane(given: &str) -> bool {
    (1..=128).contains(&given.len())
        && given.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(&byte))
}

/// Returns the identifier at the end of a path.
///
/// The log contains only this identifier and the route. Invalid paths and query strings may contain
/// personal data.
fn identifier_in(path: &str) -> Option<&str> {
    path.rsplit('/').next().filter(|last| TicketId::parse(last).is_some())
}

pub(crate) async fn observe(State(observer): State<Observer>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = observer.identifier(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = known(request.method());
    let resource = identifier_in(request.uri().path()).map(str::to_owned);
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "(none)".to_owned(), |matched| matched.as_str().to_owned());
    let span = tracing::info_span!("request", id, method, route);

    let shape = shape_of(request.uri().path());
    let language = negotiate::language(request.headers());
    let (response, budget) = scope::within(language, treat(request, next)).instrument(span.clone()).await;
    let held = held::hold(response, budget.as_ref().unwrap_or(&observer.0.memory));
    let mut response = held.unwrap_or_else(|problem| answer::problem_in(language, &problem, shape));

    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    let elapsed_us = elapsed.as_micros() as u64;
    span.in_scope(|| tracing::info!(status, resource, elapsed_us, "answered"));
    let labels = [("method", method.to_owned()), ("route", route), ("status", status.to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels[..2]).record(elapsed.as_secs_f64());
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

/// Returns the method, or `OTHER` for unknown methods, which would otherwise create any number of
/// metrics.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|name| *name == method.as_str()).unwrap_or("OTHER")
}

async fn treat(mut request: Request, next: Next) -> Response {
    let shape = shape_of(request.uri().path());
    if target_length(request.uri()) > LONGEST_TARGET {
        return answer::problem(&Problem::standard(Code::UriTooLong), shape);
    }
    if let Err(problem) = message::check(request.version(), request.headers()) {
        return answer::problem(&problem, shape);
    }
    let handler = CatchPanic::custom(next, OnPanic(shape));
    let deadline = Deadline::after(TREATMENT);
    request.extensions_mut().insert(deadline.clone());
    tokio::select! {
        biased;
        treated = handler.oneshot(request) => match treated {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        },
        () = deadline.passed() => {
            tracing::error!("a request exceeded its time limit");
            answer::problem(&Problem::standard(Code::Unavailable).retry_after(5), shape)
        }
    }
}

/// Response to a panic of a handler. The panic hook of the process logs the message.
#[derive(Clone)]
struct OnPanic(Shape);

impl ResponseForPanic for OnPanic {
    type ResponseBody = Body;

    fn response_for_panic(&mut self, _: Box<dyn Any + Send>) -> Response {
        tracing::error!("a handler panicked");
        answer::problem(&Problem::standard(Code::InternalError), self.0)
    }
}

fn target_length(uri: &Uri) -> usize {
    uri.path_and_query().map_or(0, |target| target.as_str().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_methods_are_one_in_the_metrics() {
        assert_eq!(known(&Method::PATCH), "PATCH");
        for invented in ["BREW", "get", "X"] {
            assert_eq!(known(&Method::from_bytes(invented.as_bytes()).expect("a token")), "OTHER");
        }
    }

    #[test]
    fn of_a_path_the_log_is_told_an_identifier_at_most() {
        let id = "22e61758-924d-4ad7-b259-e4fcb1ea8808";
        assert_eq!(identifier_in(&format!("/anomalie-adresse/{id}")), Some(id));
        for path in ["/", "", "/individual/Dalton", "/individual/fullName=Dalton", &format!("/{id}/Dalton")] {
            assert_eq!(identifier_in(path), None, "{path}");
        }
    }

    #[test]
    fn an_identifier_from_outside_is_kept_only_when_it_is_harmless() {
        for sane in ["7f3b", "OAPI-1234.5678:9", "a/b+c="] {
            assert!(is_sane(sane), "{sane}");
        }
        for insane in ["", "a b", "x\ny", "é", "<script>", &"a".repeat(129)] {
            assert!(!is_sane(insane), "{insane}");
        }
    }
}
