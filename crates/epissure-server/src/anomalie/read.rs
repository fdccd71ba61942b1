//! `GET` and `HEAD` on one ticket.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use epissure_app::{oauth, tickets};
use epissure_filter::{Options, Query};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::names::Version;
use epissure_protocol::problem::Problem;
use http::{HeaderMap, StatusCode};

use super::{Mount, ticket_id};
use crate::conditions::{self, entity_tag};
use crate::segment::LastSegment;
use crate::{answer, authorise};

/// Returns a ticket; in the Orange dialect, an array of one.
pub(crate) async fn read(
    State(mount): State<Mount>,
    id: LastSegment,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    mount.answer(read_inner(&mount, &id, raw.as_deref().unwrap_or_default(), &headers).await)
}

async fn read_inner(
    mount: &Mount,
    id: &LastSegment,
    raw: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let caller = authorise::authorise(&mount.app, headers, oauth::ANOMALIE_READ).await?;
    authorise::accepts_json(headers)?;
    let query = Query::parse(raw, &mount.dialect, &Options::default())?;
    let shown = tickets::read(&mount.app, &caller, ticket_id(id)?).await?;
    let rendered = mount.render(&shown, query.fields.as_ref())?;
    if let Some(version) = Version::parse(&rendered.version)
        && conditions::has_already(headers, version)?
    {
        return Ok(conditions::not_modified(version));
    }
    let mut response = match mount.dialect {
        Dialect::Interop20 => answer::json_text(StatusCode::OK, rendered.json),
        Dialect::Orange10 => {
            let mut response = answer::json_text(StatusCode::OK, format!("[{}]", rendered.json));
            answer::header(&mut response, "x-result-count", "1");
            answer::header(&mut response, "x-total-count", "1");
            response
        }
    };
    answer::header(&mut response, "etag", &entity_tag(&rendered.version));
    Ok(response)
}
