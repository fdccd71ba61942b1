//! `POST` on an attachment's `finalize`: all its chunks have been sent.

use axum::extract::State;
use axum::response::Response;
use epissure_app::{attachments, oauth};
use epissure_protocol::problem::Problem;
use http::{HeaderMap, StatusCode};

use super::attachment_id;
use crate::anomalie::{Mount, ticket_id};
use crate::authorise;
use crate::segment::Segment;

/// Ends the chunks of an attachment.
pub(crate) async fn finalize(
    State(mount): State<Mount>,
    ticket: Segment<3>,
    attachment: Segment<1>,
    headers: HeaderMap,
) -> Response {
    mount.answer(finalize_inner(&mount, &ticket, &attachment, &headers).await)
}

async fn finalize_inner(
    mount: &Mount,
    ticket: &Segment<3>,
    attachment: &Segment<1>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let caller = authorise::authorise(&mount.app, headers, oauth::ANOMALIE_WRITE).await?;
    authorise::accepts_json(headers)?;
    let (ticket, id) = (ticket_id(ticket)?, attachment_id(attachment)?);
    let attachment = attachments::finalize(&mount.app, &caller, ticket, id).await?;
    Ok(mount.answer_attachment(StatusCode::OK, ticket, attachment))
}
