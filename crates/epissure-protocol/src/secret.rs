//! Secrets stored in clear, because the server presents them to third parties.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret in clear. It has no `Debug` and no `Display` of its content: only
/// [`reveal`](Secret::reveal) returns it, so that it is never logged by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// Returns the secret in clear.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
