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

/// The same for the lists of the directory, which other filters make cheaper.
pub(crate) fn failed_search(error: StoreError) -> Problem {
    match error {
        StoreError::TooExpensive => Problem::new(
            Code::QueryTooExpensive,
            "The query would read too much of the directory. Filter with = rather than with a pattern, or with a \
             longer pattern.",
        ),
        error => failed(error),
    }
}

/// A kept document that cannot be read: a fault of ours. The log is told where it ends to be one, and nothing that is
/// in it: the error's own words would quote it.
pub(crate) fn unreadable(what: &str, error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    tracing::error!(what, kind = ?error.classify(), line, column, "a kept document cannot be read");
    Problem::standard(Code::InternalError)
}
