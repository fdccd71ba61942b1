//! Secrets that have to be kept as they are, because they are shown to somebody else.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret in the clear. It has no `Debug` and no `Display` of its content: it goes where it is meant to, by
/// [`reveal`](Secret::reveal), and nowhere by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes charge of a secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself.
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
