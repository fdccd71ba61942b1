//! `GET` and `HEAD` on the collection.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use epissure_app::caller::Caller;
use epissure_app::oauth;
use epissure_app::tickets::{self, Listed, Shown};
use epissure_filter::Query;
use epissure_protocol::problem::Problem;
use http::HeaderMap;
use std::sync::Arc;

use super::Mount;
use crate::{authorise, paging, rendering};

/// Returns a page of tickets, with their exact number.
pub(crate) async fn list(
    State(mount): State<Mount>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    mount.answer(list_inner(&mount, &raw.unwrap_or_default(), &headers).await)
}

/// Returns the exact number of tickets, without a body.
pub(crate) async fn count(
    State(mount): State<Mount>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    mount.answer(count_inner(&mount, &raw.unwrap_or_default(), &headers).await)
}

async fn list_inner(mount: &Mount, raw: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let (caller, query) = parse(mount, raw, headers).await?;
    let Listed { tickets, total, before, next } = tickets::list(&mount.app, &caller, &query).await?;
    let bytes = tickets.iter().map(|shown| shown.document.len()).sum();
    let (renderer, fields) = (mount.clone(), query.fields.clone());
    let render = move |shown: &Shown| Ok(renderer.render(shown, fields.as_ref())?.json);
    let tickets = rendering::page(tickets, bytes, render).await?;
    let page = paging::Page { before, limit: query.limit, total, next };
    Ok(paging::answer(&tickets, &page, &mount.collection(), raw))
}

async fn count_inner(mount: &Mount, raw: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let (caller, query) = parse(mount, raw, headers).await?;
    if query.cursor.is_some() {
        // Only the cursor determines the position of the page.
        return list_inner(mount, raw, headers).await;
    }
    let total = tickets::count(&mount.app, &caller, &query).await?;
    Ok(paging::counted(total, &query, &mount.collection(), raw))
}

async fn parse(mount: &Mount, raw: &str, headers: &HeaderMap) -> Result<(Arc<Caller>, Query), Problem> {
    let caller = authorise::authorise_list(&mount.app, headers, oauth::ANOMALIE_READ).await?;
    authorise::accepts_json(headers)?;
    let query = mount.query(raw, &mount.dialect, headers)?;
    Ok((caller, query))
}
