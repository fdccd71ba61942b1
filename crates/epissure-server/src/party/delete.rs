//! `DELETE` on one individual.

use axum::extract::State;
use axum::response::Response;
use epissure_app::parties::individuals;
use epissure_app::{Precondition, oauth};
use epissure_protocol::problem::Problem;
use http::StatusCode;
use http::request::Parts;

use super::{Directory, individual_id};
use crate::segment::LastSegment;
use crate::{answer, authorise, conditions};

/// Deletes an individual, with all its data.
pub(crate) async fn delete(State(directory): State<Directory>, id: LastSegment, parts: Parts) -> Response {
    Directory::answer(delete_inner(&directory, &id, &parts).await)
}

async fn delete_inner(directory: &Directory, id: &LastSegment, parts: &Parts) -> Result<Response, Problem> {
    let caller = authorise::authorise(&directory.app, &parts.headers, oauth::PARTY_WRITE).await?;
    let id = individual_id(id)?;
    let precondition = conditions::if_match(&parts.headers)?.unwrap_or(Precondition::Any);
    individuals::delete(&directory.app, &caller, &authorise::origin(parts), id, &precondition).await?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}
