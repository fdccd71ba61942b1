//! Typed identifiers, so that no function takes one for another.

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
            /// Reads the hyphenated form, the only one the contract uses; `None` for anything else.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten().map(Self)
            }
        }
    };
}

uuid_name! {
    /// Identifies a ticket (`id`), for ever.
    TicketId
}
uuid_name! {
    /// Identifies one state of a ticket or of an attachment (`@version`, and the `ETag`): every change makes another.
    Version
}

uuid_name! {
    /// Identifies a note (`id`), for ever.
    NoteId
}
uuid_name! {
    /// Identifies an attachment (`id`), for ever.
    AttachmentId
}
uuid_name! {
    /// Identifies an event (`id`), for ever: however often it is sent, it is one.
    EventId
}

uuid_name! {
    /// Identifies an organization (`id`), for ever.
    OrganizationId
}
uuid_name! {
    /// Identifies an individual (`id`), for ever.
    IndividualId
}

/// An operator's four-character code, given by ARCEP (`^[A-Z0-9]{4}$`, Interop contract `CodeOperateurArcep`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OperatorCode([u8; 4]);

impl OperatorCode {
    /// Reads a code; `None` when it is not four capital letters or digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 4] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()).then_some(Self(bytes))
    }

    /// The code as text.
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
