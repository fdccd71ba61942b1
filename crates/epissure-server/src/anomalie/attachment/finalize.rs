//! `POST` on an attachment's `finalize`, after its last chunk.

use axum::extract::State;
use axum::response::Response;
use epissure_app::{attachments, oauth};
use epissure_protocol::problem::Problem;
use http::StatusCode;
use http::request::Parts;

use super::attachment_id;
use crate::anomalie::{Mount, ticket_id};
use crate::authorise;
use crate::segment::Segment;

/// Finalizes an attachment.
pub(crate) async fn finalize(
    State(mount): State<Mount>,
    ticket: Segment<3>,
    attachment: Segment<1>,
    parts: Parts,
) -> Response {
    mount.answer(finalize_inner(&mount, &ticket, &attachment, &parts).await)
}

async fn finalize_inner(
    mount: &Mount,
    ticket: &Segment<3>,
    attachment: &Segment<1>,
    parts: &Parts,
) -> Result<Response, Problem> {
    let caller = authorise::authorise(&mount.app, &parts.headers, oauth::ANOMALIE_WRITE).await?;
    authorise::accepts_json(&parts.headers)?;
    let (ticket, id) = (ticket_id(ticket)?, attachment_id(attachment)?);
    let origin = authorise::origin(parts);
    let attachment = attachments::finalize(&mount.app, &caller, &origin, ticket, id).await?;
    Ok(mount.answer_attachment(StatusCode::OK, ticket, attachment))
}
