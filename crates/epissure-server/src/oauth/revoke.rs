//! `POST /oauth/revoke` (RFC 7009).

use axum::extract::{Request, State};
use axum::response::Response;
use epissure_app::oauth;
use http::StatusCode;

use super::OAuthRefusal;
use super::form::Form;
use crate::{Server, answer};

/// Revokes a token of the client. Returns 200 for an unknown token too.
pub(super) async fn revoke(State(server): State<Server>, request: Request) -> Response {
    inner(&server, request).await.unwrap_or_else(|refusal| refusal.answer())
}

async fn inner(server: &Server, request: Request) -> Result<Response, OAuthRefusal> {
    let form = Form::read(request).await?;
    oauth::revoke(&server.app, &form.credentials, form.require("token")?).await?;
    Ok(answer::empty(StatusCode::OK))
}
