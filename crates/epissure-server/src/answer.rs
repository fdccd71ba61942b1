//! Responses: JSON, and errors in the format of the caller's mount.

use axum::body::Body;
use axum::response::Response;
use epissure_protocol::problem::{Code, Problem, Shape};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

/// Returns a JSON response. It is private to the caller, so intermediaries may not cache it.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => json_text(status, text),
        Err(_) => problem(&Problem::standard(Code::InternalError), Shape::Gateway),
    }
}

/// Returns a JSON response from rendered text.
pub(crate) fn json_text(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns a response without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns the response of a problem.
pub(crate) fn problem(problem: &Problem, shape: Shape) -> Response {
    let status = StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json(status, &problem.body(shape));
    let headers = response.headers_mut();
    if let Some(seconds) = problem.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::UNAUTHORIZED {
        let challenge = match problem.code {
            Code::MissingCredentials => "Bearer realm=\"epissure\"",
            _ => "Bearer realm=\"epissure\", error=\"invalid_token\"",
        };
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Some(scope) = &problem.lacks_scope {
        let challenge = format!("Bearer realm=\"epissure\", error=\"insufficient_scope\", scope=\"{scope}\"");
        header(&mut response, "www-authenticate", &challenge);
    }
    response
}

/// Inserts a header of visible ASCII. Any other value is omitted.
pub(crate) fn header(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
