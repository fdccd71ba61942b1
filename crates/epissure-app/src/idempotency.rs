//! `Idempotency-Key`: a request that is made again gives its first answer again.

use epissure_protocol::json::{self, Object};
use epissure_protocol::problem::{Code, Problem};
use epissure_store::Idempotency;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::Caller;
use crate::oauth::secret::sha256;

/// For how long a key is remembered.
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// A caller's key, as the store keeps it. `what` tells apart requests whose bodies may be the same. Bodies that are the same
/// JSON value are the same request, in whatever order and with whatever spaces they were written.
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

/// The answer when a key was used for another request.
pub(crate) fn contradicted() -> Problem {
    Problem::new(
        Code::Conflict,
        "This Idempotency-Key was used within 24 hours for another body. Repeat the same JSON value, or use another key.",
    )
}
