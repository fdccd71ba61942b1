//! `PUT` and `PATCH` on one ticket: edits, and the transitions of its life.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use epissure_app::oauth;
use epissure_app::tickets::{self, ChangeTicket, Precondition};
use epissure_protocol::names::Version;
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::update::Method;
use http::header::IF_MATCH;
use http::{HeaderMap, StatusCode};

use super::{Mount, entity_tag, ticket_id};
use crate::{answer, authorise, body};

/// Replaces a ticket's content, or changes a part of it when the body is not a whole resource.
pub(crate) async fn put(State(mount): State<Mount>, Path(id): Path<String>, request: Request) -> Response {
    mount.answer(change(&mount, &id, request, Method::Put, &["application/json"]).await)
}

/// Changes a part of a ticket (RFC 7396).
pub(crate) async fn patch(State(mount): State<Mount>, Path(id): Path<String>, request: Request) -> Response {
    let types = ["application/merge-patch+json", "application/json"];
    mount.answer(change(&mount, &id, request, Method::Patch, &types).await)
}

async fn change(
    mount: &Mount,
    id: &str,
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

/// Reads `If-Match` (RFC 9110 §13.1.1). A bare version is read as if it were quoted: it is what `@version` shows.
fn precondition(headers: &HeaderMap) -> Result<Precondition, Problem> {
    let mut values = headers.get_all(IF_MATCH).iter().peekable();
    if values.peek().is_none() {
        return Err(Problem::new(
            Code::MissingHeader,
            "If-Match is required: send the ETag of the ticket as you read it, so that nobody's change is lost.",
        ));
    }
    let mut versions = Vec::new();
    for value in values {
        let text = value.to_str().map_err(|_| Problem::standard(Code::InvalidHeader))?;
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            if tag == "*" {
                return Ok(Precondition::Any);
            }
            // A weak tag, or one that is none of ours, matches nothing: 412 will say so.
            versions.extend(Version::parse(tag.trim_matches('"')));
        }
    }
    Ok(Precondition::OneOf(versions))
}
