//! Texts that are not JSON, or exceed its bounds.

use super::refusals;

refusals! {
    /// A text that is not accepted as JSON (RFC 8259).
    JsonRefusal {
        /// The text breaks the grammar.
        Syntax {
            /// Expected token.
            token: JsonToken,
            /// The line, from 1.
            line: usize,
            /// The column, from 1, in characters.
            column: usize,
        } = InvalidBody, "json-syntax";
        /// RFC 8259 section 8.1: JSON is UTF-8.
        NotUtf8 {
            /// The first byte that belongs to no character, from 1.
            byte: usize,
        } = InvalidBody, "json-not-utf8";
        /// The value is nested deeper than the bound.
        TooDeep {
            /// The bound.
            levels: usize,
            /// Location.
            place: JsonPlace,
        } = InvalidBody, "json-too-deep";
        /// The value has more values than the bound.
        TooMany {
            /// The bound.
            values: usize,
        } = InvalidBody, "json-too-many";
        /// A NUL character, which databases refuse.
        Nul {
            /// Location.
            place: JsonPlace,
        } = InvalidBody, "json-nul";
        /// RFC 8259 section 4: names within an object should be unique.
        Duplicate {
            /// The name, cut and escaped.
            member: String,
            /// Location.
            place: JsonPlace,
        } = InvalidBody, "json-duplicate";
        /// A name that the JSON library gives a meaning of its own.
        Reserved {
            /// The name, cut and escaped.
            member: String,
            /// Location.
            place: JsonPlace,
        } = InvalidBody, "json-reserved";
    }
}

/// A place in a JSON text: a JSON pointer (RFC 6901), cut and escaped; empty at the top level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPlace(pub String);

impl super::Argument for JsonPlace {
    fn value(&self, language: super::Language) -> fluent_bundle::FluentValue<'static> {
        match self.0.as_str() {
            "" => super::render(language, "json-top-level", []).into(),
            pointer => pointer.to_owned().into(),
        }
    }
}

/// Declares the tokens: variant, identifier of the text.
macro_rules! tokens {
    ($($(#[$doc:meta])* $variant:ident = $id:literal;)+) => {
        /// JsonToken of the grammar of JSON.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum JsonToken { $($(#[$doc])* $variant),+ }

        impl JsonToken {
            /// Every token.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the identifier of the text.
            pub(super) const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }
        }
    };
}

tokens! {
    /// The end of the text.
    End = "json-token-end";
    /// A value.
    Value = "json-token-value";
    /// A comma or the end of an array.
    CommaOrBracket = "json-token-comma-or-bracket";
    /// The name of a member.
    Name = "json-token-name";
    /// A colon.
    Colon = "json-token-colon";
    /// A comma or the end of an object.
    CommaOrBrace = "json-token-comma-or-brace";
    /// An escape instead of a control character.
    Escape = "json-token-escape";
    /// The end of a string.
    EndOfString = "json-token-end-of-string";
    /// A string with valid escapes.
    ValidEscapes = "json-token-valid-escapes";
    /// A number without leading zeros.
    NoLeadingZero = "json-token-no-leading-zero";
    /// A digit.
    Digit = "json-token-digit";
}

impl super::Argument for JsonToken {
    fn value(&self, language: super::Language) -> fluent_bundle::FluentValue<'static> {
        super::render(language, self.id(), []).into()
    }
}
