//! Requests of the demo to its own server.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use super::transcript::Exchange;
use crate::failure::Failure;

/// Sends a request. Returns the status, headers and body of the response.
pub(super) async fn send(
    http: &Client,
    exchange: &Exchange<'_>,
) -> Result<(StatusCode, HeaderMap, Value), Failure> {
    let mut request = http.request(exchange.method.clone(), &exchange.url).bearer_auth(exchange.token.1);
    if let Some(etag) = exchange.if_match {
        request = request.header("if-match", etag);
    }
    if let Some(body) = &exchange.body {
        if exchange.method == Method::PATCH {
            request = request.header("content-type", "application/merge-patch+json");
        }
        request = request.json(body);
    }
    let response = request.send().await.map_err(|error| unreachable(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.map_err(|error| unreachable(&error))?;
    Ok((status, headers, serde_json::from_str(&text).unwrap_or(Value::Null)))
}

/// Returns the failure of a request without a response.
pub(super) fn unreachable(error: &reqwest::Error) -> Failure {
    Failure::failed(format!("the demo's own server does not answer: {error}"))
        .then("Run it again with --log debug to see why.")
}

/// Returns the failure of a request with an unexpected response.
pub(super) fn unexpected(request: &str, expected: StatusCode, status: StatusCode, body: &Value) -> Failure {
    Failure::failed(format!("{request} was answered {status} where {expected} was expected: {body}"))
        .then("This is a fault of epissure: please report it with this transcript.")
}
