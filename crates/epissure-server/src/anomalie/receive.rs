//! `POST` and `OPTIONS` on the events: an OC receives the events of an OI.

use axum::extract::{Request, State};
use axum::response::Response;
use epissure_app::deliveries::{self, Incoming, Signed};
use epissure_app::oauth;
use epissure_protocol::problem::Problem;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::Mount;
use crate::delivery::{ALLOWED_ORIGIN, ALLOWED_RATE, ID, REQUEST_ORIGIN, SIGNATURE, TIMESTAMP};
use crate::{answer, authorise, body};

/// Media types of an event: of the Interop contract, and of CloudEvents.
const TYPES: &[&str] = &["application/json", "application/cloudevents+json"];

/// Stores a received event once.
pub(crate) async fn receive(State(mount): State<Mount>, request: Request) -> Response {
    mount.answer(receive_inner(&mount, request).await)
}

/// Consents to receive events from an OI (CloudEvents webhooks 1.0.2, section 4).
pub(crate) async fn consent(State(mount): State<Mount>, headers: HeaderMap) -> Response {
    mount.answer(consent_inner(&mount, &headers).await)
}

async fn receive_inner(mount: &Mount, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = authorise::authorise(&mount.app, &parts.headers, oauth::ANOMALIE_WRITE).await?;
    // The right to send is checked first, so that other callers see no faults of the event.
    deliveries::may_send(&caller)?;
    body::has_type(&parts.headers, TYPES)?;
    let bytes = body::read(&parts.headers, body, mount.settings.body_limit).await?;
    let body = body::parse_object(bytes.clone()).await?;
    let signed = signed(&parts.headers);
    let origin = authorise::origin(&parts);
    let incoming =
        Incoming { caller: &caller, origin: &origin, bytes: &bytes, body: &body, signed: signed.as_ref() };
    deliveries::receive(&mount.app, &incoming).await?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

fn signed(headers: &HeaderMap) -> Option<Signed> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::to_owned);
    Some(Signed { id: text(ID)?, timestamp: text(TIMESTAMP)?, signature: text(SIGNATURE)? })
}

async fn consent_inner(mount: &Mount, headers: &HeaderMap) -> Result<Response, Problem> {
    let caller = authorise::authorise(&mount.app, headers, oauth::ANOMALIE_WRITE).await?;
    deliveries::may_send(&caller)?;
    let mut response = answer::empty(StatusCode::NO_CONTENT);
    let answered = response.headers_mut();
    answered.insert(http::header::ALLOW, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
    if let Some(origin) = headers.get(REQUEST_ORIGIN) {
        answered.insert(ALLOWED_ORIGIN, origin.clone());
        answered.insert(ALLOWED_RATE, HeaderValue::from_static("*"));
    }
    Ok(response)
}
