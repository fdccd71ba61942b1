//! Typed identifiers, so that the compiler refuses one in place of another.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl $name {
            /// Parses the hyphenated form, the only one the contract uses; `None` for any other
            /// text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten().map(Self)
            }
        }
    };
}

uuid_name! {
    /// Permanent identifier of a ticket (`id`).
    TicketId
}
uuid_name! {
    /// Identifier of one state of a ticket or of an attachment (`@version`, and the `ETag`): every
    /// change creates another.
    Version
}

uuid_name! {
    /// Permanent identifier of a note (`id`).
    NoteId
}
uuid_name! {
    /// Permanent identifier of an attachment (`id`).
    AttachmentId
}
uuid_name! {
    /// Permanent identifier of an event (`id`), the same in every delivery.
    EventId
}

uuid_name! {
    /// Permanent identifier of an organization (`id`).
    OrganizationId
}
uuid_name! {
    /// Permanent identifier of an individual (`id`).
    IndividualId
}

/// An operator's four-character code, assigned by ARCEP (`^[A-Z0-9]{4}$`, Interop contract
/// `CodeOperateurArcep`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OperatorCode([u8; 4]);

impl OperatorCode {
    /// Parses a code; `None` unless it is four capital letters or digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 4] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()).then_some(Self(bytes))
    }

    /// Returns the code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for OperatorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for OperatorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl TryFrom<String> for OperatorCode {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
            .ok_or_else(|| format!("`{text}` is not an operator code: four capital letters or digits"))
    }
}

impl std::str::FromStr for OperatorCode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::try_from(text.to_owned())
    }
}

impl From<OperatorCode> for String {
    fn from(code: OperatorCode) -> Self {
        code.as_str().to_owned()
    }
}
