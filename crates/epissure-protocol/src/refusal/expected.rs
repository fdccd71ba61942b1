//! Expected values of members.

use super::catalogue::render;
use super::{Argument as _, Language};

/// Declares the expectations: variant, fields, identifier of the text.
macro_rules! expectations {
    ($($(#[$doc:meta])* $variant:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty),+ })? = $id:literal;)+) => {
        /// Expected value of a member. Its text is a predicate: it follows the member's name.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Expected { $($(#[$doc])* $variant $({ $($(#[$field_doc])* $field: $type),+ })?),+ }

        impl Expected {
            /// Returns the predicate.
            #[must_use]
            pub fn text(&self, language: Language) -> String {
                match self {
                    $(Self::$variant $({ $($field),+ })? => {
                        render(language, $id, [$($((stringify!($field), $field.value(language))),+)?])
                    }),+
                }
            }

            /// Returns one of each, with the identifier of its text and the names of its arguments.
            #[cfg(test)]
            pub(super) fn samples() -> Vec<(Self, &'static str, Vec<&'static str>)> {
                vec![$((
                    Self::$variant $({ $($field: super::tests::Sample::sample()),+ })?,
                    $id,
                    vec![$($(stringify!($field)),+)?],
                )),+]
            }
        }
    };
}

expectations! {
    /// A JSON string.
    Text = "expected-text";
    /// A text of at most this length.
    AtMost {
        /// In characters.
        max: usize
    } = "expected-at-most";
    /// A text of exactly this length.
    Exactly {
        /// In characters.
        length: usize
    } = "expected-exactly";
    /// A text whose length is bounded on both sides.
    Between {
        /// In characters.
        min: usize,
        /// In characters.
        max: usize
    } = "expected-between";
    /// A text of bounded length.
    Bytes {
        /// In bytes.
        max: usize
    } = "expected-bytes";
    /// A text of at least one character.
    NotEmpty = "expected-not-empty";
    /// A text with a character that is no space.
    NotBlank = "expected-not-blank";
    /// A word of a closed vocabulary.
    OneOf {
        /// The vocabulary.
        values: Vec<&'static str>
    } = "expected-one-of";
    /// An operator's code.
    OperatorCode = "expected-operator-code";
    /// A date-time of RFC 3339, with an example.
    Instant = "expected-instant";
    /// A date-time of RFC 3339.
    DateTime = "expected-date-time";
    /// The instant of an event, with an example.
    EventInstant = "expected-event-instant";
    /// A UUID.
    Uuid = "expected-uuid";
    /// The identifier of a ticket.
    TicketId = "expected-ticket-id";
    /// A JSON object.
    Object = "expected-object";
    /// The whole resource that an event is about.
    EventData = "expected-event-data";
    /// The identifier of the ticket that `subject` names (Interop contract: an update is about its
    /// ticket).
    SubjectId = "expected-subject-id";
    /// A JSON array.
    Array = "expected-array";
    /// A boolean.
    Boolean = "expected-boolean";
    /// A whole number of 0 or more.
    Count = "expected-count";
    /// A whole number.
    Integer = "expected-integer";
    /// A number.
    Number = "expected-number";
    /// The index of a chunk.
    ChunkIndex {
        /// The number of chunks that an attachment may have.
        limit: u64
    } = "expected-chunk-index";
    /// The version of CloudEvents.
    SpecVersion = "expected-spec-version";
    /// An array with at least one point (Interop contract, `Building.geographicLocation`).
    Points = "expected-points";
}
