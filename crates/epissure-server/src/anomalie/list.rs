//! `GET` and `HEAD` on the collection.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use epissure_app::caller::Caller;
use epissure_app::oauth;
use epissure_app::tickets::{self, Listed};
use epissure_filter::{Options, Query};
use epissure_protocol::problem::{Code, Problem};
use http::{HeaderMap, StatusCode};
use std::sync::Arc;

use super::Mount;
use crate::{answer, authorise, paging};

/// The tickets of a page, and how many match in all.
pub(crate) async fn list(
    State(mount): State<Mount>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    mount.answer(list_inner(&mount, &raw.unwrap_or_default(), &headers).await)
}

/// How many tickets match, exactly, and no body.
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
    let count = tickets.len();
    let mut body = String::from("[");
    for shown in &tickets {
        if body.len() > 1 {
            body.push(',');
        }
        body.push_str(&mount.render(shown, query.fields.as_ref())?.json);
    }
    body.push(']');
    let mut response = answer::json_text(StatusCode::OK, body);
    answer::header(&mut response, "x-result-count", &count.to_string());
    answer::header(&mut response, "x-total-count", &total.to_string());
    let address = format!("{}{}", mount.settings.base_url, mount.dialect.mount());
    let page = paging::Page { before, limit: query.limit, total, next };
    if let Some(links) = page.links(&address, raw) {
        answer::header(&mut response, "link", &links);
    }
    Ok(response)
}

async fn count_inner(mount: &Mount, raw: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let (caller, query) = parse(mount, raw, headers).await?;
    let total = tickets::count(&mount.app, &caller, &query).await?;
    let mut response = answer::empty(StatusCode::OK);
    answer::header(&mut response, "x-total-count", &total.to_string());
    Ok(response)
}

async fn parse(mount: &Mount, raw: &str, headers: &HeaderMap) -> Result<(Arc<Caller>, Query), Problem> {
    let caller = authorise::authorise(&mount.app, headers, oauth::ANOMALIE_READ).await?;
    authorise::accepts_json(headers)?;
    let options = Options {
        default_limit: mount.dialect.default_limit(),
        strict: authorise::prefers_strict(headers),
        ..Options::default()
    };
    let query = Query::parse(raw, &mount.dialect, &options)
        .map_err(|error| Problem::new(Code::InvalidQueryParameter, error.to_string()))?;
    Ok((caller, query))
}
