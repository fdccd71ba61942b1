//! `GET /.well-known/oauth-authorization-server` (RFC 8414).

use axum::extract::State;
use axum::response::Response;
use epissure_app::oauth::SCOPES;
use http::StatusCode;
use serde_json::{Value, json};

use crate::{Server, answer};

/// Returns the metadata from which a client library obtains tokens.
pub(super) async fn metadata(State(server): State<Server>) -> Response {
    answer::json(StatusCode::OK, &described(&server.settings.base_url))
}

/// Returns the metadata of a server with this base URL (RFC 8414 section 2).
pub(crate) fn described(base: &str) -> Value {
    let methods = json!(["client_secret_basic"]);
    json!({
        "issuer": base,
        "token_endpoint": format!("{base}/oauth/v3/token"),
        "token_endpoint_auth_methods_supported": methods,
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": SCOPES.iter().map(|scope| scope.name).collect::<Vec<_>>(),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint": format!("{base}/oauth/introspect"),
        "introspection_endpoint_auth_methods_supported": methods,
        "service_documentation": format!("{base}/docs"),
    })
}
