//! The store's failures in the words of the error catalogue.

use epissure_protocol::problem::{Code, Problem};
use epissure_store::StoreError;

/// What a caller is told; what really happened goes to the log, once, here.
pub(crate) fn failed(error: StoreError) -> Problem {
    match error {
        StoreError::Unavailable(cause) => {
            tracing::warn!(%cause, "the store is unavailable");
            Problem::standard(Code::Unavailable).retry_after(1)
        }
        StoreError::TooExpensive => Problem::new(
            Code::QueryTooExpensive,
            "The query would read too many tickets. Add a filter on status, zone, creationDate, resolutionDate or \
             relatedEntity.id.",
        ),
        error => {
            tracing::error!(%error, "the store failed");
            Problem::standard(Code::InternalError)
        }
    }
}

/// A kept document that cannot be read: a fault of ours.
pub(crate) fn unreadable(what: &str, error: &serde_json::Error) -> Problem {
    tracing::error!(%error, what, "a kept document cannot be read");
    Problem::standard(Code::InternalError)
}
