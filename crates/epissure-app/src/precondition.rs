//! On which versions of a thing a caller wants to act.

use epissure_protocol::names::Version;

/// Which versions the caller accepts to change (`If-Match`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Whatever the version.
    Any,
    /// One of these.
    OneOf(Vec<Version>),
}

impl Precondition {
    /// Whether a thing of this version may be changed.
    #[must_use]
    pub fn admits(&self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}
