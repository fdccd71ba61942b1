//! Values bound to statements.

use std::error::Error;
use std::fmt::{self, Write as _};

use bytes::BytesMut;
use epissure_filter::plan::Scalar;
use epissure_store::KeyValue;
use sha2::{Digest as _, Sha256};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// A value bound to a statement that is built from a query.
#[derive(Clone, PartialEq)]
pub(crate) enum Bound {
    Text(String),
    Integer(i64),
    Integers(Vec<i64>),
    Small(i16),
    Trigrams(Vec<i32>),
    Flag(bool),
    Null,
}

impl Bound {
    /// Returns the parameter type declared in the statement.
    pub(crate) fn of_type(&self) -> Type {
        match self {
            Self::Text(_) | Self::Null => Type::TEXT,
            Self::Integer(_) => Type::INT8,
            Self::Integers(_) => Type::INT8_ARRAY,
            Self::Small(_) => Type::INT2,
            Self::Trigrams(_) => Type::INT4_ARRAY,
            Self::Flag(_) => Type::BOOL,
        }
    }
}

impl fmt::Debug for Bound {
    /// Prints nothing of the value: it may be personal data, and the driver logs it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl ToSql for Bound {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Text(text) => text.to_sql(ty, out),
            Self::Integer(whole) => whole.to_sql(ty, out),
            Self::Integers(wholes) => wholes.to_sql(ty, out),
            Self::Small(small) => small.to_sql(ty, out),
            Self::Trigrams(numbers) => numbers.to_sql(ty, out),
            Self::Flag(flag) => flag.to_sql(ty, out),
            Self::Null => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl From<&Scalar> for Bound {
    fn from(scalar: &Scalar) -> Self {
        match scalar {
            Scalar::Text(text) => Self::Text(text.clone()),
            Scalar::Millisecond(millisecond) => Self::Integer(*millisecond),
            Scalar::Flag(flag) => Self::Flag(*flag),
            Scalar::Whole(whole) => Self::Integer(*whole),
        }
    }
}

impl From<&KeyValue> for Bound {
    fn from(value: &KeyValue) -> Self {
        match value {
            KeyValue::Integer(whole) => Self::Integer(*whole),
            KeyValue::Text(text) => Self::Text(text.clone()),
            // Orders by the document are compared in this program, never in SQL.
            KeyValue::Null | KeyValue::Bytes(_) => Self::Null,
        }
    }
}

/// Maximum length of a text indexed in full, in bytes. An index entry is limited to a third of a
/// page.
const MAX_LENGTH: usize = 256;

/// Returns the key that a text is looked up by: the text, or its beginning and its hash when it is
/// long. The keys of two texts always differ: that of a long text is longer than [`MAX_LENGTH`],
/// and a short text is not.
pub(crate) fn looked_up(text: &str) -> String {
    if text.len() <= MAX_LENGTH {
        return text.to_owned();
    }
    let end = (0..=MAX_LENGTH).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    let mut key = text[..end].to_owned();
    for byte in Sha256::digest(text) {
        let _ = write!(key, "{byte:02x}");
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_looked_up_by_a_short_one_that_no_other_has() {
        let text = |length: usize| "é".repeat(length / 2);
        assert_eq!(looked_up(&text(256)), text(256));
        let long = looked_up(&text(258));
        assert!(long.len() > MAX_LENGTH && long.len() <= MAX_LENGTH + 64);
        assert_ne!(long, looked_up(&text(260)));
        assert_ne!(looked_up(&long), long, "what looks like one is not one");
    }
}
