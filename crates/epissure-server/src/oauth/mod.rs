//! OAuth2 endpoints: token (RFC 6749), revocation (RFC 7009), introspection (RFC 7662), metadata
//! (RFC 8414).

mod form;
mod introspect;
mod metadata;
mod revoke;
mod token;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use epissure_app::oauth::RefusedClient;
use epissure_protocol::problem::{Problem, Shape};
use http::header::{PRAGMA, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;

pub(crate) use self::metadata::described;
use crate::{Server, answer};

pub(crate) fn router(server: &Server) -> Router {
    Router::new()
        .route("/oauth/v2/token", post(token::token_v2))
        .route("/oauth/v3/token", post(token::token_v3))
        .route("/oauth/revoke", post(revoke::revoke))
        .route("/oauth/introspect", post(introspect::introspect))
        .route("/.well-known/oauth-authorization-server", get(metadata::metadata))
        .with_state(server.clone())
}

/// Error of an OAuth2 endpoint.
enum OAuthRefusal {
    /// An error of RFC 6749 §5.2, with its description.
    OAuth(&'static str, String),
    /// An error of the catalogue.
    Problem(Problem),
}

impl From<Problem> for OAuthRefusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<RefusedClient> for OAuthRefusal {
    fn from(refused: RefusedClient) -> Self {
        match refused {
            RefusedClient::Invalid => invalid_client(),
            RefusedClient::Problem(problem) => Self::Problem(problem),
        }
    }
}

fn invalid_client() -> OAuthRefusal {
    OAuthRefusal::OAuth(
        "invalid_client",
        "The client is unknown or its secret is wrong: send Authorization: Basic base64(client_id:client_secret)."
            .to_owned(),
    )
}

impl OAuthRefusal {
    fn answer(&self) -> Response {
        match self {
            Self::Problem(problem) => answer::problem(problem, Shape::Gateway),
            Self::OAuth(error, description) => {
                let unauthorized = *error == "invalid_client";
                let status = if unauthorized { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
                let body = json!({"error": error, "error_description": description});
                let mut response = answer::json(status, &body);
                if unauthorized {
                    let challenge = HeaderValue::from_static("Basic realm=\"epissure\", charset=\"UTF-8\"");
                    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
                }
                response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
                response
            }
        }
    }
}
