//! Directory managed by the administrator: operators, their clients, and the contracts between
//! operators.

pub mod clients;
pub mod contracts;
pub mod import;
pub mod operators;
mod organization;

use epissure_protocol::problem::Problem;

/// Failure of an administrative operation.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The request is invalid; the sentence says how to correct it.
    #[error("{0}")]
    Invalid(String),
    /// The store failed.
    #[error("{0}")]
    Failed(#[from] Problem),
}

impl Refused {
    pub(crate) fn invalid(sentence: impl Into<String>) -> Self {
        Self::Invalid(sentence.into())
    }
}
