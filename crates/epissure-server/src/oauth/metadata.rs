//! `GET /.well-known/oauth-authorization-server` (RFC 8414).

use axum::extract::State;
use axum::response::Response;
use epissure_app::oauth::SCOPES;
use http::StatusCode;
use serde_json::json;

use crate::{Server, answer};

/// What a client library needs to know to obtain tokens by itself.
pub(super) async fn metadata(State(server): State<Server>) -> Response {
    let base = &server.settings.base_url;
    let methods = json!(["client_secret_basic"]);
    answer::json(
        StatusCode::OK,
        &json!({
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
        }),
    )
}
