//! `POST` on the individuals.

use axum::extract::{Request, State};
use axum::response::Response;
use epissure_app::oauth;
use epissure_app::parties::individuals::{self, CreateIndividual};
use epissure_protocol::problem::Problem;
use http::StatusCode;

use super::Directory;
use crate::{answer, authorise, body, conditions};

/// Creates an individual of the caller's operator.
pub(crate) async fn create(State(directory): State<Directory>, request: Request) -> Response {
    Directory::answer(create_inner(&directory, request).await)
}

async fn create_inner(directory: &Directory, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = authorise::authorise(&directory.app, &parts.headers, oauth::PARTY_WRITE).await?;
    authorise::accepts_json(&parts.headers)?;
    let idempotency_key = conditions::idempotency_key(&parts.headers)?;
    let limit = directory.settings.body_limit;
    let body = body::read_object(&parts.headers, body, limit, &["application/json"]).await?;
    let origin = authorise::origin(&parts);
    let request = CreateIndividual { caller: &caller, origin: &origin, body: &body, idempotency_key };
    let shown = individuals::create(&directory.app, &request).await?;
    let mut response = directory.one(StatusCode::CREATED, &shown, None)?;
    // The Party page prints `/individual/{id}`, without the base URL. A client would resolve that
    // at the root of the server (RFC 9110 §10.2.2).
    answer::header(&mut response, "location", &format!("{}/{}", directory.address(), shown.id));
    Ok(response)
}
