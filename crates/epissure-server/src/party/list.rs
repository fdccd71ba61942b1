//! `GET` and `HEAD` on a collection.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use epissure_app::Next;
use epissure_app::caller::Caller;
use epissure_app::oauth;
use epissure_app::parties::{individuals, organizations};
use epissure_filter::Query;
use epissure_protocol::party::Resource;
use epissure_protocol::problem::Problem;
use http::HeaderMap;

use super::Directory;
use crate::{authorise, paging};

/// Returns a page of parties, with their exact number.
pub(crate) async fn list(
    State(directory): State<Directory>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    Directory::answer(list_inner(&directory, &raw.unwrap_or_default(), &headers).await)
}

/// Returns the exact number of parties, without a body.
pub(crate) async fn count(
    State(directory): State<Directory>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    Directory::answer(count_inner(&directory, &raw.unwrap_or_default(), &headers).await)
}

async fn list_inner(directory: &Directory, raw: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let (caller, query) = parse(directory, raw, headers).await?;
    let listed = match directory.resource {
        Resource::Organization => organizations::list(&directory.app, &query).await?,
        Resource::Individual => individuals::list(&directory.app, &caller, &query).await?,
    };
    let parties = listed.parties.iter().map(|shown| directory.render(shown, query.fields.as_ref()));
    let parties = parties.collect::<Result<Vec<_>, _>>()?;
    let after = query.offset + parties.len() as u64;
    let next = (after < listed.total).then_some(Next::Offset(after));
    let page = paging::Page { before: query.offset, limit: query.limit, total: listed.total, next };
    Ok(paging::answer(&parties, &page, &directory.address(), raw))
}

async fn count_inner(directory: &Directory, raw: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let (caller, query) = parse(directory, raw, headers).await?;
    let total = match directory.resource {
        Resource::Organization => organizations::count(&directory.app, &query).await?,
        Resource::Individual => individuals::count(&directory.app, &caller, &query).await?,
    };
    Ok(paging::counted(total, &query, &directory.address(), raw))
}

async fn parse(
    directory: &Directory,
    raw: &str,
    headers: &HeaderMap,
) -> Result<(Arc<Caller>, Query), Problem> {
    let caller = authorise::authorise_list(&directory.app, headers, oauth::PARTY_READ).await?;
    authorise::accepts_json(headers)?;
    Ok((caller, directory.query(raw)?))
}
