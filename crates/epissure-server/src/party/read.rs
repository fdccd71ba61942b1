//! `GET` and `HEAD` on one party.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use epissure_app::oauth;
use epissure_app::parties::{individuals, organizations};
use epissure_protocol::party::Resource;
use epissure_protocol::problem::Problem;
use http::{HeaderMap, StatusCode};

use super::{Directory, individual_id, organization_id};
use crate::segment::LastSegment;
use crate::{authorise, conditions};

/// Returns a party, or 304 if the caller has its current version.
pub(crate) async fn read(
    State(directory): State<Directory>,
    id: LastSegment,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    Directory::answer(read_inner(&directory, &id, raw.as_deref().unwrap_or_default(), &headers).await)
}

async fn read_inner(
    directory: &Directory,
    id: &LastSegment,
    raw: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let caller = authorise::authorise(&directory.app, headers, oauth::PARTY_READ).await?;
    authorise::accepts_json(headers)?;
    let fields = directory.query(raw)?.fields;
    let shown = match directory.resource {
        Resource::Organization => organizations::read(&directory.app, organization_id(id)?).await?,
        Resource::Individual => {
            individuals::read(&directory.app, &caller, individual_id(id)?, fields.as_ref()).await?
        }
    };
    if conditions::has_already(headers, shown.version)? {
        return Ok(conditions::not_modified(shown.version));
    }
    directory.one(StatusCode::OK, &shown, fields.as_ref())
}
