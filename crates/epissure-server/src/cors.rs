//! Cross-origin requests of browsers (Fetch standard, CORS). Disabled unless the administrator
//! lists origins.

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

/// Time for which a browser may cache the response to a preflight.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Returns the CORS layer for the listed origins.
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

/// Responds to preflights, and adds the CORS headers to other responses.
///
/// An `OPTIONS` request that is no preflight passes to the router: an OI uses it to ask for consent
/// (CloudEvents webhooks, section 4).
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
