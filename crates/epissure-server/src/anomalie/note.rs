//! Notes of a ticket.

use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use epissure_app::caller::Caller;
use epissure_app::notes::{self, AddNote};
use epissure_app::{Next, oauth};
use epissure_filter::Query;
use epissure_protocol::json::Object;
use epissure_protocol::names::TicketId;
use epissure_protocol::note::{self, NoteSchema};
use epissure_protocol::problem::Problem;
use http::{HeaderMap, StatusCode};

use super::{Mount, ticket_id};
use crate::segment::Segment;
use crate::{answer, authorise, body, conditions, paging};

/// Returns a page of notes, with their exact number.
pub(crate) async fn list(
    State(mount): State<Mount>,
    ticket: Segment<1>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    mount.answer(list_inner(&mount, &ticket, &raw.unwrap_or_default(), &headers).await)
}

/// Returns the exact number of notes, without a body.
pub(crate) async fn count(
    State(mount): State<Mount>,
    ticket: Segment<1>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    mount.answer(count_inner(&mount, &ticket, &raw.unwrap_or_default(), &headers).await)
}

/// Adds a note.
pub(crate) async fn add(State(mount): State<Mount>, ticket: Segment<1>, request: Request) -> Response {
    mount.answer(add_inner(&mount, &ticket, request).await)
}

async fn list_inner(
    mount: &Mount,
    ticket: &Segment<1>,
    raw: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (caller, ticket, query) = parse(mount, ticket, raw, headers).await?;
    let found = notes::list(&mount.app, &caller, ticket, &query).await?;
    let texts: Vec<String> = found.page.into_iter().map(|note| render(mount, note, &query)).collect();
    let after = query.offset + texts.len() as u64;
    let next = (after < found.total).then_some(Next::Offset(after));
    let page = paging::Page { before: query.offset, limit: query.limit, total: found.total, next };
    Ok(paging::answer(&texts, &page, &notes_address(mount, ticket), raw))
}

async fn count_inner(
    mount: &Mount,
    ticket: &Segment<1>,
    raw: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (caller, ticket, query) = parse(mount, ticket, raw, headers).await?;
    let total = notes::count(&mount.app, &caller, ticket, &query).await?;
    Ok(paging::counted(total, &query, &notes_address(mount, ticket), raw))
}

async fn parse(
    mount: &Mount,
    ticket: &Segment<1>,
    raw: &str,
    headers: &HeaderMap,
) -> Result<(Arc<Caller>, TicketId, Query), Problem> {
    let caller = authorise::authorise_list(&mount.app, headers, oauth::ANOMALIE_READ).await?;
    authorise::accepts_json(headers)?;
    Ok((caller, ticket_id(ticket)?, mount.query(raw, &NoteSchema, headers)?))
}

fn notes_address(mount: &Mount, ticket: TicketId) -> String {
    format!("{}/note", mount.address(&ticket.to_string()))
}

/// Renders a note, whole or with the requested members.
fn render(mount: &Mount, note: Object, query: &Query) -> String {
    let shown = note::shown(note, mount.dialect).into_iter();
    let shown: Object = shown.filter(|(member, _)| mount.shows(query.fields.as_ref(), member)).collect();
    serde_json::Value::Object(shown).to_string()
}

async fn add_inner(mount: &Mount, ticket: &Segment<1>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = authorise::authorise(&mount.app, &parts.headers, oauth::ANOMALIE_WRITE).await?;
    authorise::accepts_json(&parts.headers)?;
    let ticket = ticket_id(ticket)?;
    let body =
        body::read_object(&parts.headers, body, mount.settings.body_limit, &["application/json"]).await?;
    let note = notes::add(
        &mount.app,
        &AddNote {
            caller: &caller,
            origin: &authorise::origin(&parts),
            ticket,
            body: &body,
            strict: authorise::prefers_strict(&parts.headers),
            idempotency_key: conditions::idempotency_key(&parts.headers)?,
        },
    )
    .await?;
    let note = note::shown(note, mount.dialect);
    let mut response = answer::json(StatusCode::CREATED, &note);
    // A note never changes, so its identifier is its version.
    if let Some(id) = note.get("id").and_then(|id| id.as_str()) {
        answer::header(&mut response, "etag", &conditions::entity_tag(id));
    }
    Ok(response)
}
