//! Answers: JSON, and errors in the shape that the caller knows.

use axum::body::Body;
use axum::response::Response;
use epissure_protocol::problem::{Code, Problem, Shape};
use epissure_protocol::refusal::{AccessRefusal, Language, Refusal};
use http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::scope;

/// A JSON answer. What a caller sees is its own: nothing between here and there may keep it.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => json_text(status, text),
        Err(_) => problem(&Problem::standard(Code::InternalError), Shape::Gateway),
    }
}

/// A JSON answer that is text already.
pub(crate) fn json_text(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Makes the answer of an error, in the language of the request in progress.
pub(crate) fn problem(problem: &Problem, shape: Shape) -> Response {
    problem_in(scope::language(), problem, shape)
}

/// Makes the answer of an error in a language.
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

/// A header made of text that is known to be visible ASCII; left out when it is not.
pub(crate) fn header(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
