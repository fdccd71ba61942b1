//! Refusals: one variant per rule, as data. The catalogue renders each as code, HTTP status and
//! text.
//!
//! The domain, the use cases and the server return refusals and write no sentences. To add one: add
//! a row to the table of its subject below, and its text to `texts/en.ftl` and `texts/fr.ftl`. A
//! test renders every row in both languages.
//!
//! | Module | Refuses |
//! |---|---|
//! | [`moves`] | changes of status, and edits that the status forbids |
//! | [`body`] | members of a body |
//! | [`content`] | the content of a ticket: buildings, corrections |
//! | [`identifier`] | identifiers whose format the official schema forbids |
//! | [`json`] | texts that are not JSON, or exceed its bounds |
//! | [`query`] | parameters of a query |
//! | [`access`] | callers: credentials, rights, quotas |
//! | [`resource`] | operations on tickets, notes and individuals |
//! | [`attachment`] | operations on attachments |
//! | [`event`] | events that an OI sends, and streams |
//! | [`http`] | requests as HTTP messages |

pub mod access;
pub mod attachment;
pub mod body;
mod catalogue;
pub mod content;
pub mod event;
mod expected;
pub mod http;
pub mod identifier;
pub mod json;
pub mod moves;
pub mod query;
pub mod resource;
#[cfg(test)]
mod tests;

use std::fmt;

pub use access::AccessRefusal;
pub use attachment::AttachmentRefusal;
pub use body::BodyRefusal;
pub use catalogue::Language;
pub use content::ContentRefusal;
pub use event::EventRefusal;
pub use expected::Expected;
pub use http::HttpRefusal;
pub use identifier::IdentifierRefusal;
pub use json::JsonRefusal;
pub use moves::{MoveRefusal, OpenMove};
pub use query::{CursorRefusal, QueryRefusal};
pub use resource::ResourceRefusal;

use crate::problem::{Code, Fault};
use catalogue::{Argument, render};

/// Declares the refusals of one subject: variant, fields, code, identifier of the text. The fields
/// are the arguments of the text.
macro_rules! refusals {
    (
        $(#[$doc:meta])*
        $name:ident {
            $(
                $(#[$variant_doc:meta])*
                $variant:ident
                $({ $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? })?
                = $code:ident, $id:literal;
            )+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant $({ $($(#[$field_doc])* $field: $type),+ })?),+
        }

        impl $name {
            /// Returns the row of the error catalogue.
            #[must_use]
            pub const fn code(&self) -> $crate::problem::Code {
                match self { $(Self::$variant { .. } => $crate::problem::Code::$code),+ }
            }

            /// Returns the text: the broken rule, and the caller's next step.
            #[must_use]
            pub fn text(&self, language: $crate::refusal::Language) -> String {
                match self {
                    $(Self::$variant $({ $($field),+ })? => $crate::refusal::render(
                        language,
                        $id,
                        [$($((stringify!($field), $crate::refusal::Argument::value($field, language))),+)?],
                    )),+
                }
            }

            /// Returns one of each, with the identifier of its text and the names of its arguments.
            #[cfg(test)]
            pub(super) fn samples() -> Vec<$crate::refusal::tests::Row> {
                vec![$((
                    Self::$variant $({ $($field: $crate::refusal::tests::Sample::sample()),+ })?.into(),
                    $id,
                    vec![$($(stringify!($field)),+)?],
                )),+]
            }
        }

        impl From<$name> for $crate::problem::Problem {
            fn from(refusal: $name) -> Self {
                $crate::refusal::Refusal::from(refusal).into()
            }
        }
    };
}
use refusals;

/// Declares the union of the subjects.
macro_rules! subjects {
    ($($(#[$doc:meta])* $variant:ident($type:ident);)+) => {
        /// A refusal.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Refusal {
            /// A refusal that its code alone explains: the text is the code's.
            General(Code),
            /// The faults of a body, reported together. The first gives the code.
            Faults(Vec<Fault>),
            /// See [`QueryRefusal`].
            Query(QueryRefusal),
            $($(#[$doc])* $variant($type)),+
        }

        impl Refusal {
            /// Returns the row of the error catalogue.
            #[must_use]
            pub fn code(&self) -> Code {
                match self {
                    Self::General(code) => *code,
                    Self::Faults(faults) => {
                        faults.first().map_or(Code::InvalidBodyField, |fault| fault.refusal.code())
                    }
                    Self::Query(refusal) => refusal.code(),
                    $(Self::$variant(refusal) => refusal.code()),+
                }
            }

            /// Returns the text: the broken rule, and the caller's next step.
            #[must_use]
            pub fn text(&self, language: Language) -> String {
                match self {
                    Self::General(code) => code.description(language),
                    Self::Faults(faults) => {
                        faults.iter().map(|fault| fault.refusal.text(language)).collect::<Vec<_>>().join("; ")
                    }
                    Self::Query(refusal) => refusal.text(language),
                    $(Self::$variant(refusal) => refusal.text(language)),+
                }
            }

            /// Returns every row of every subject, with sample values.
            #[cfg(test)]
            fn samples() -> Vec<tests::Row> {
                let subjects = [$($type::samples()),+];
                subjects.into_iter().flatten().collect()
            }
        }

        $(impl From<$type> for Refusal {
            fn from(refusal: $type) -> Self { Self::$variant(refusal) }
        })+
    };
}

subjects! {
    /// See [`MoveRefusal`].
    Move(MoveRefusal);
    /// See [`BodyRefusal`].
    Body(BodyRefusal);
    /// See [`ContentRefusal`].
    Content(ContentRefusal);
    /// See [`IdentifierRefusal`].
    Identifier(IdentifierRefusal);
    /// See [`JsonRefusal`].
    Json(JsonRefusal);
    /// See [`CursorRefusal`].
    Cursor(CursorRefusal);
    /// See [`AccessRefusal`].
    Access(AccessRefusal);
    /// See [`ResourceRefusal`].
    Resource(ResourceRefusal);
    /// See [`AttachmentRefusal`].
    Attachment(AttachmentRefusal);
    /// See [`EventRefusal`].
    Event(EventRefusal);
    /// See [`HttpRefusal`].
    Http(HttpRefusal);
}

impl Code {
    /// Returns the general explanation of the code.
    #[must_use]
    pub fn description(self, language: Language) -> String {
        render(language, &format!("code-{}", self.number()), [])
    }
}

/// OAuth2 scopes, which RFC 6749 separates by spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeList(pub Vec<String>);

impl fmt::Display for ScopeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// Values any of which is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternatives(pub Vec<String>);

impl Alternatives {
    /// Creates the alternatives of a fixed list.
    #[must_use]
    pub fn of(values: &[&str]) -> Self {
        Self(values.iter().map(|&value| value.to_owned()).collect())
    }
}
