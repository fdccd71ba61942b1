//! `POST /oauth/v2/token` and `/oauth/v3/token`.

use axum::extract::{Request, State};
use axum::response::Response;
use epissure_app::oauth;
use http::header::PRAGMA;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::form::Form;
use super::{OAuthRefusal, invalid_client};
use crate::{Server, answer};

/// Issues a token. Without `scope`, the token has all scopes of its client.
pub(super) async fn token_v2(State(server): State<Server>, request: Request) -> Response {
    token(&server, request, false).await.unwrap_or_else(|refusal| refusal.answer())
}

/// Issues a token for at least one scope.
pub(super) async fn token_v3(State(server): State<Server>, request: Request) -> Response {
    token(&server, request, true).await.unwrap_or_else(|refusal| refusal.answer())
}

async fn token(server: &Server, request: Request, scope_required: bool) -> Result<Response, OAuthRefusal> {
    let form = Form::read(request).await?;
    let grant = form.require("grant_type")?;
    if grant != "client_credentials" {
        return Err(OAuthRefusal::OAuth(
            "unsupported_grant_type",
            "The only grant type here is client_credentials.".to_owned(),
        ));
    }
    let scopes: Vec<&str> = form.get("scope").unwrap_or_default().split_whitespace().collect();
    let issued = oauth::issue(&server.app, &form.credentials, &scopes, scope_required).await;
    let issued = issued.map_err(|refusal| match refusal {
        oauth::TokenRefusal::InvalidClient => invalid_client(),
        oauth::TokenRefusal::InvalidScope(reason) => OAuthRefusal::OAuth("invalid_scope", reason.to_string()),
        oauth::TokenRefusal::Problem(problem) => OAuthRefusal::Problem(problem),
    })?;
    let mut response = answer::json(
        StatusCode::OK,
        &json!({
            "token_type": "Bearer",
            "access_token": issued.token,
            "expires_in": issued.expires_in,
            "scope": issued.scopes.join(" "),
        }),
    );
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}
