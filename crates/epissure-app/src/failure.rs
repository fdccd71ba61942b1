//! Maps store failures to the error catalogue.

use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::ResourceRefusal;
use epissure_store::StoreError;

/// Maps a store failure to the answer, and logs the cause once.
pub(crate) fn failed(error: StoreError) -> Problem {
    match error {
        StoreError::Unavailable(cause) => {
            tracing::warn!(%cause, "the store is unavailable");
            Problem::standard(Code::Unavailable).retry_after(1)
        }
        StoreError::TooExpensive => ResourceRefusal::TicketsTooExpensive.into(),
        error => {
            tracing::error!(%error, "the store failed");
            Problem::standard(Code::InternalError)
        }
    }
}

/// Maps a store failure in a list of the directory, with advice on its filters.
pub(crate) fn failed_search(error: StoreError) -> Problem {
    match error {
        StoreError::TooExpensive => ResourceRefusal::DirectoryTooExpensive.into(),
        error => failed(error),
    }
}

/// Returns 500 for a stored document that cannot be parsed. The log records the position of the
/// error, never the error's text, which would quote the document.
pub(crate) fn unreadable(what: &str, error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    tracing::error!(what, kind = ?error.classify(), line, column, "a stored document cannot be parsed");
    Problem::standard(Code::InternalError)
}
