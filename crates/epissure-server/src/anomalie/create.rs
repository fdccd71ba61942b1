//! `POST` on the collection: opens a ticket.

use axum::extract::{Request, State};
use axum::response::Response;
use epissure_app::oauth;
use epissure_app::tickets::{self, OpenTicket};
use epissure_protocol::problem::Problem;
use http::StatusCode;

use super::Mount;
use crate::conditions::{entity_tag, idempotency_key};
use crate::{answer, authorise, body};

/// Opens a ticket.
pub(crate) async fn create(State(mount): State<Mount>, request: Request) -> Response {
    mount.answer(create_inner(&mount, request).await)
}

async fn create_inner(mount: &Mount, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = authorise::authorise(&mount.app, &parts.headers, oauth::ANOMALIE_WRITE).await?;
    authorise::accepts_json(&parts.headers)?;
    let body =
        body::read_object(&parts.headers, body, mount.settings.body_limit, &["application/json"]).await?;
    let shown = tickets::open(
        &mount.app,
        &OpenTicket {
            caller: &caller,
            origin: &authorise::origin(&parts),
            dialect: mount.dialect,
            body: &body,
            strict: authorise::prefers_strict(&parts.headers),
            idempotency_key: idempotency_key(&parts.headers)?,
        },
    )
    .await?;
    let rendered = mount.render(&shown, None)?;
    let mut response = answer::json_text(StatusCode::CREATED, rendered.json);
    answer::header(&mut response, "etag", &entity_tag(&rendered.version));
    answer::header(&mut response, "location", &mount.address(&rendered.id));
    Ok(response)
}
