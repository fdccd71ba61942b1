//! `GET` and `HEAD` on the paths of references: `/individuals/{id}`, `/organizations/{id}`.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use epissure_protocol::party::Resource;
use epissure_protocol::problem::Problem;
use http::StatusCode;

use super::{Directory, individual_id, organization_id};
use crate::answer;
use crate::segment::LastSegment;

/// Redirects to the path of the party, which requires a token. Its existence is not checked here.
pub(crate) async fn redirect(
    State(directory): State<Directory>,
    id: LastSegment,
    RawQuery(raw): RawQuery,
) -> Response {
    Directory::answer(redirect_inner(&directory, &id, raw))
}

fn redirect_inner(directory: &Directory, id: &LastSegment, raw: Option<String>) -> Result<Response, Problem> {
    let id = match directory.resource {
        Resource::Organization => organization_id(id)?.to_string(),
        Resource::Individual => individual_id(id)?.to_string(),
    };
    let query = raw.map_or_else(String::new, |raw| format!("?{raw}"));
    let mut response = answer::empty(StatusCode::PERMANENT_REDIRECT);
    // A relative URL, so that the client sends its token to the same host.
    let location = format!("../{}/{id}{query}", directory.resource.segment());
    answer::header(&mut response, "location", &location);
    Ok(response)
}
