//! `DELETE` on one individual.

use axum::extract::State;
use axum::response::Response;
use epissure_app::parties::individuals;
use epissure_app::{Precondition, oauth};
use epissure_protocol::problem::Problem;
use http::{HeaderMap, StatusCode};

use super::{Directory, individual_id};
use crate::segment::LastSegment;
use crate::{answer, authorise, conditions};

/// Deletes an individual: nothing is kept of it.
pub(crate) async fn delete(
    State(directory): State<Directory>,
    id: LastSegment,
    headers: HeaderMap,
) -> Response {
    Directory::answer(delete_inner(&directory, &id, &headers).await)
}

async fn delete_inner(
    directory: &Directory,
    id: &LastSegment,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let caller = authorise::authorise(&directory.app, headers, oauth::PARTY_WRITE).await?;
    let id = individual_id(id)?;
    let precondition = conditions::if_match(headers)?.unwrap_or(Precondition::Any);
    individuals::delete(&directory.app, &caller, id, &precondition).await?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}
