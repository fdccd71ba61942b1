//! `GET` and `HEAD` on a ticket's attachments.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use epissure_app::caller::Caller;
use epissure_app::{Next, attachments, oauth};
use epissure_filter::Query;
use epissure_protocol::attachment::AttachmentSchema;
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::Problem;
use http::HeaderMap;
use serde_json::Value;

use crate::anomalie::{Mount, ticket_id};
use crate::segment::Segment;
use crate::{authorise, paging};

/// Returns a page of attachments, with their exact number.
pub(crate) async fn list(
    State(mount): State<Mount>,
    ticket: Segment<1>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    mount.answer(list_inner(&mount, &ticket, &raw.unwrap_or_default(), &headers).await)
}

/// Returns the exact number of attachments, without a body.
pub(crate) async fn count(
    State(mount): State<Mount>,
    ticket: Segment<1>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    mount.answer(count_inner(&mount, &ticket, &raw.unwrap_or_default(), &headers).await)
}

async fn list_inner(
    mount: &Mount,
    ticket: &Segment<1>,
    raw: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (caller, ticket, query) = parse(mount, ticket, raw, headers).await?;
    let found = attachments::list(&mount.app, &caller, ticket, &query, mount.dialect).await?;
    let shown = |public| Value::Object(mount.attachment(ticket, public, query.fields.as_ref())).to_string();
    let texts: Vec<String> = found.page.into_iter().map(shown).collect();
    let after = query.offset + texts.len() as u64;
    let next = (after < found.total).then_some(Next::Offset(after));
    let page = paging::Page { before: query.offset, limit: query.limit, total: found.total, next };
    Ok(paging::answer(&texts, &page, &mount.attachments(ticket), raw))
}

async fn count_inner(
    mount: &Mount,
    ticket: &Segment<1>,
    raw: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (caller, ticket, query) = parse(mount, ticket, raw, headers).await?;
    let total = attachments::count(&mount.app, &caller, ticket, &query, mount.dialect).await?;
    Ok(paging::counted(total, &query, &mount.attachments(ticket), raw))
}

async fn parse(
    mount: &Mount,
    ticket: &Segment<1>,
    raw: &str,
    headers: &HeaderMap,
) -> Result<(Arc<Caller>, TicketId, Query), Problem> {
    let caller = authorise::authorise_list(&mount.app, headers, oauth::ANOMALIE_READ).await?;
    authorise::accepts_json(headers)?;
    Ok((caller, ticket_id(ticket)?, mount.query(raw, &AttachmentSchema, headers)?))
}
