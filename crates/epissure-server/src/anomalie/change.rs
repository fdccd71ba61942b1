//! `PUT` and `PATCH` on one ticket: edits, and moves of its life cycle.

use axum::extract::{Request, State};
use axum::response::Response;
use epissure_app::oauth;
use epissure_app::tickets::{self, ChangeTicket, Precondition};
use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::HttpRefusal;
use epissure_protocol::update::Method;
use http::{HeaderMap, StatusCode};

use super::{Mount, ticket_id};
use crate::conditions::entity_tag;
use crate::segment::LastSegment;
use crate::{answer, authorise, body, conditions};

/// Replaces the content of a ticket, or updates it partially if the body is not a whole resource.
pub(crate) async fn put(State(mount): State<Mount>, id: LastSegment, request: Request) -> Response {
    mount.answer(change(&mount, &id, request, Method::Put, &["application/json"]).await)
}

/// Updates a ticket partially (RFC 7396).
pub(crate) async fn patch(State(mount): State<Mount>, id: LastSegment, request: Request) -> Response {
    let types = ["application/merge-patch+json", "application/json"];
    mount.answer(change(&mount, &id, request, Method::Patch, &types).await)
}

async fn change(
    mount: &Mount,
    id: &LastSegment,
    request: Request,
    method: Method,
    types: &[&str],
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = authorise::authorise(&mount.app, &parts.headers, oauth::ANOMALIE_WRITE).await?;
    authorise::accepts_json(&parts.headers)?;
    let id = ticket_id(id)?;
    let precondition = precondition(&parts.headers)?;
    let body = body::read_object(&parts.headers, body, mount.settings.body_limit, types).await?;
    let shown = tickets::change(
        &mount.app,
        &ChangeTicket {
            caller: &caller,
            origin: &authorise::origin(&parts),
            dialect: mount.dialect,
            id,
            precondition: &precondition,
            method,
            body: &body,
            strict: authorise::prefers_strict(&parts.headers),
        },
    )
    .await?;
    let rendered = mount.render(&shown, None)?;
    let mut response = answer::json_text(StatusCode::OK, rendered.json);
    answer::header(&mut response, "etag", &entity_tag(&rendered.version));
    Ok(response)
}

/// Parses `If-Match`, which every change requires.
fn precondition(headers: &HeaderMap) -> Result<Precondition, Problem> {
    conditions::if_match(headers)?.ok_or_else(|| HttpRefusal::NoIfMatch.into())
}
