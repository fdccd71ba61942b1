//! `PUT` and `PATCH` on one individual.

use axum::extract::{Request, State};
use axum::response::Response;
use epissure_app::parties::individuals::{self, Change, ChangeIndividual};
use epissure_app::{Precondition, oauth};
use epissure_protocol::json::Object;
use epissure_protocol::problem::Problem;
use http::StatusCode;

use super::{Directory, individual_id};
use crate::segment::LastSegment;
use crate::{authorise, body, conditions};

/// Replaces the content of an individual.
pub(crate) async fn put(State(directory): State<Directory>, id: LastSegment, request: Request) -> Response {
    let types = ["application/json"];
    Directory::answer(change(&directory, &id, request, |body| Change::Replace(body), &types).await)
}

/// Updates an individual partially (RFC 7396).
pub(crate) async fn patch(State(directory): State<Directory>, id: LastSegment, request: Request) -> Response {
    let types = ["application/merge-patch+json", "application/json"];
    Directory::answer(change(&directory, &id, request, |body| Change::Patch(body), &types).await)
}

async fn change(
    directory: &Directory,
    id: &LastSegment,
    request: Request,
    read: for<'a> fn(&'a Object) -> Change<'a>,
    types: &[&str],
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = authorise::authorise(&directory.app, &parts.headers, oauth::PARTY_WRITE).await?;
    authorise::accepts_json(&parts.headers)?;
    let id = individual_id(id)?;
    // The example of the Party page has no version, so `If-Match` is optional.
    let precondition = conditions::if_match(&parts.headers)?.unwrap_or(Precondition::Any);
    let body = body::read_object(&parts.headers, body, directory.settings.body_limit, types).await?;
    let origin = authorise::origin(&parts);
    let change = read(&body);
    let request =
        ChangeIndividual { caller: &caller, origin: &origin, id, precondition: &precondition, change };
    let shown = individuals::change(&directory.app, &request).await?;
    directory.one(StatusCode::OK, &shown, None)
}
