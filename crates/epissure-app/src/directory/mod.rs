//! Operators, their clients and the contracts between them: what an administrator settles.

pub mod clients;
pub mod contracts;
pub mod import;
pub mod operators;
mod organization;

use epissure_protocol::problem::Problem;

/// Why something cannot be settled so.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// What was asked is not possible; the sentence says what to do.
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
