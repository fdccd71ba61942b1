//! `POST` on an attachment's content: adds a chunk.

use axum::extract::{Request, State};
use axum::response::Response;
use epissure_app::attachments::{self, AddChunk};
use epissure_app::oauth;
use epissure_protocol::problem::Problem;
use http::StatusCode;

use super::attachment_id;
use crate::anomalie::{Mount, ticket_id};
use crate::authorise;
use crate::deadline::Deadline;
use crate::segment::Segment;
use crate::upload::Form;

/// Adds a chunk.
pub(crate) async fn add(
    State(mount): State<Mount>,
    ticket: Segment<3>,
    attachment: Segment<1>,
    request: Request,
) -> Response {
    mount.answer(add_inner(&mount, &ticket, &attachment, request).await)
}

async fn add_inner(
    mount: &Mount,
    ticket: &Segment<3>,
    attachment: &Segment<1>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let caller = authorise::authorise(&mount.app, headers, oauth::ANOMALIE_WRITE).await?;
    authorise::accepts_json(headers)?;
    let (ticket, id) = (ticket_id(ticket)?, attachment_id(attachment)?);
    let admitted = attachments::admit_chunk(&mount.app, &caller, ticket, id).await?;
    let deadline = parts.extensions.get::<Deadline>().cloned();
    let form = Form { headers, deadline, object: "metadata", object_limit: mount.settings.body_limit };
    let (file, body) = form.receive(body, &mount.app, admitted).await?;
    let request = AddChunk { caller: &caller, origin: &authorise::origin(&parts), ticket, id, body: &body };
    let attachment = attachments::add_chunk(&mount.app, &request, file).await?;
    Ok(mount.answer_attachment(StatusCode::OK, ticket, attachment))
}
