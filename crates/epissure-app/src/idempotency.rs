//! `Idempotency-Key`: a repeated request returns its first answer.

use epissure_protocol::json::{self, Object};
use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::ResourceRefusal;
use epissure_store::Idempotency;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::Caller;
use crate::oauth::secret::sha256;

/// Retention of a key.
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// Returns the stored form of a caller's key. `what` distinguishes operations whose bodies may be
/// equal. Bodies that are the same JSON value are the same request, whatever their member order and
/// whitespace.
pub(crate) fn remembered(
    caller: &Caller,
    key: &str,
    what: &str,
    body: &Object,
    now: Timestamp,
) -> Idempotency {
    let body = json::canonical(&Value::Object(body.clone()));
    Idempotency {
        client: caller.client.clone(),
        key: key.to_owned(),
        fingerprint: sha256(format!("{what} {body}").as_bytes()),
        forget_before: now - REMEMBERED,
    }
}

/// Returns 409 for a key that was used for another request.
pub(crate) fn contradicted() -> Problem {
    ResourceRefusal::KeyReused.into()
}
