//! `POST /oauth/introspect` (RFC 7662).

use axum::extract::{Request, State};
use axum::response::Response;
use epissure_app::oauth;
use http::StatusCode;
use serde_json::json;

use super::OAuthRefusal;
use super::form::Form;
use crate::{Server, answer};

/// Returns the state of a token of the client, or `{"active": false}` for any other token.
pub(super) async fn introspect(State(server): State<Server>, request: Request) -> Response {
    inner(&server, request).await.unwrap_or_else(|refusal| refusal.answer())
}

async fn inner(server: &Server, request: Request) -> Result<Response, OAuthRefusal> {
    let form = Form::read(request).await?;
    let found = oauth::introspect(&server.app, &form.credentials, form.require("token")?).await?;
    let body = match found {
        None => json!({"active": false}),
        Some(token) => json!({
            "active": true,
            "client_id": token.client,
            "scope": token.scopes.join(" "),
            "token_type": "Bearer",
            "iat": token.issued.as_second(),
            "exp": token.expires.as_second(),
        }),
    };
    Ok(answer::json(StatusCode::OK, &body))
}
