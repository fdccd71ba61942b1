//! `GET` and `HEAD` on one attachment: its metadata.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use epissure_app::{attachments, oauth};
use epissure_filter::{Options, Query};
use epissure_protocol::attachment::AttachmentSchema;
use epissure_protocol::names::Version;
use epissure_protocol::problem::Problem;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::attachment_id;
use crate::anomalie::{Mount, ticket_id};
use crate::conditions::{self, entity_tag};
use crate::segment::{LastSegment, Segment};
use crate::{answer, authorise};

/// Returns the metadata of an attachment.
pub(crate) async fn read(
    State(mount): State<Mount>,
    ticket: Segment<2>,
    attachment: LastSegment,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let raw = raw.unwrap_or_default();
    mount.answer(read_inner(&mount, &ticket, &attachment, &raw, &headers).await)
}

async fn read_inner(
    mount: &Mount,
    ticket: &Segment<2>,
    attachment: &LastSegment,
    raw: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let caller = authorise::authorise(&mount.app, headers, oauth::ANOMALIE_READ).await?;
    authorise::accepts_json(headers)?;
    let query = Query::parse(raw, &AttachmentSchema, &Options::default())?;
    let (ticket, id) = (ticket_id(ticket)?, attachment_id(attachment)?);
    let found = attachments::read(&mount.app, &caller, ticket, id).await?;
    let version = found.get("@version").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(version) = Version::parse(&version)
        && conditions::has_already(headers, version)?
    {
        return Ok(conditions::not_modified(version));
    }
    let shown = mount.attachment(ticket, found, query.fields.as_ref());
    let mut response = answer::json(StatusCode::OK, &shown);
    answer::header(&mut response, "etag", &entity_tag(version));
    Ok(response)
}
