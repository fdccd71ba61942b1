//! Responses: JSON, and errors in the format of the caller's mount.

use axum::body::Body;
use axum::response::Response;
use epissure_protocol::problem::{Code, Problem, Shape};
use epissure_protocol::refusal::{AccessRefusal, Language, Refusal};
use http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::scope;

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

/// Returns the response of a problem, in the language of the request in progress.
pub(crate) fn problem(problem: &Problem, shape: Shape) -> Response {
    problem_in(scope::language(), problem, shape)
}

/// Returns the response of a problem in a language.
pub(crate) fn problem_in(language: Language, problem: &Problem, shape: Shape) -> Response {
    let code = problem.code();
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json(status, &problem.body(shape, language));
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept-language"));
    if language != Language::default() {
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    }
    if let Some(seconds) = problem.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::UNAUTHORIZED {
        let challenge = match code {
            Code::MissingCredentials => "Bearer realm=\"epissure\"",
            _ => "Bearer realm=\"epissure\", error=\"invalid_token\"",
        };
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Refusal::Access(AccessRefusal::Scope { needed: scope, .. }) = &problem.refusal {
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
