//! Requests that a browser sends for a page of another origin (Fetch standard, CORS). Off unless the administrator
//! names origins.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_DISPOSITION, CONTENT_RANGE, ETAG, LINK, LOCATION,
    RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderName, HeaderValue, Method};
use tower::{Layer as _, ServiceExt as _};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::observe::REQUEST_ID;

/// How long a browser may remember the answer to a preflight.
const MAX_AGE: Duration = Duration::from_secs(600);

/// The layer for the named origins.
pub(crate) fn layer(origins: &[HeaderValue]) -> CorsLayer {
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods(methods)
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            ACCEPT_RANGES,
            CONTENT_DISPOSITION,
            CONTENT_RANGE,
            ETAG,
            LINK,
            LOCATION,
            RETRY_AFTER,
            WWW_AUTHENTICATE,
            HeaderName::from_static(REQUEST_ID),
            HeaderName::from_static("x-result-count"),
            HeaderName::from_static("x-total-count"),
        ])
        .max_age(MAX_AGE)
}

/// Answers preflights, and marks the other answers. An `OPTIONS` that is no preflight goes on: an OI asks for consent with
/// it (CloudEvents webhooks, section 4).
pub(crate) async fn apply(State(cors): State<CorsLayer>, request: Request, next: Next) -> Response {
    let preflight = request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if *request.method() == Method::OPTIONS && !preflight {
        return next.run(request).await;
    }
    match cors.layer(next).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
