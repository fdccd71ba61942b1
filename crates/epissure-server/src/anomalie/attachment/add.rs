//! `POST` on a ticket's attachments: adds an attachment with its file, or opens one to send in
//! chunks.

use axum::extract::{Request, State};
use axum::response::Response;
use epissure_app::attachments::{self, AddAttachment};
use epissure_app::oauth;
use epissure_protocol::problem::Problem;
use http::StatusCode;

use crate::anomalie::{Mount, ticket_id};
use crate::deadline::Deadline;
use crate::segment::Segment;
use crate::upload::{self, Form};
use crate::{authorise, body, conditions};

/// Adds or opens an attachment.
pub(crate) async fn add(State(mount): State<Mount>, ticket: Segment<1>, request: Request) -> Response {
    mount.answer(add_inner(&mount, &ticket, request).await)
}

async fn add_inner(mount: &Mount, ticket: &Segment<1>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let caller = authorise::authorise(&mount.app, headers, oauth::ANOMALIE_WRITE).await?;
    authorise::accepts_json(headers)?;
    let ticket = ticket_id(ticket)?;
    let origin = &authorise::origin(&parts);
    let limit = mount.settings.body_limit;
    let strict = authorise::prefers_strict(headers);
    let idempotency_key = conditions::idempotency_key(headers)?;
    let admitted = attachments::admit(&mount.app, &caller, ticket).await?;
    let attachment = if upload::is_form(headers) {
        let deadline = parts.extensions.get::<Deadline>().cloned();
        let form = Form { headers, deadline, object: "attachment", object_limit: limit };
        let (file, body) = form.receive(body, &mount.app, admitted).await?;
        let request = AddAttachment { caller: &caller, origin, ticket, body: &body, strict, idempotency_key };
        attachments::add(&mount.app, &request, file).await?
    } else {
        let types = ["application/json", "multipart/form-data"];
        let body = body::read_object(headers, body, limit, &types).await?;
        let request = AddAttachment { caller: &caller, origin, ticket, body: &body, strict, idempotency_key };
        attachments::open(&mount.app, &request, admitted).await?
    };
    Ok(mount.answer_attachment(StatusCode::CREATED, ticket, attachment))
}
