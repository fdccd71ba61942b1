//! Values bound to statements.

use std::error::Error;
use std::fmt::{self, Write as _};

use bytes::BytesMut;
use epissure_filter::plan::Scalar;
use epissure_store::KeyValue;
use sha2::{Digest as _, Sha256};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// A value of a statement that is put together from a query.
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
    /// The type that the statement is told of.
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
    /// Nothing of the value: it may be of people, and the driver writes it in its log.
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
            // Orders by the document are compared here, and never in a statement.
            KeyValue::Null | KeyValue::Bytes(_) => Self::Null,
        }
    }
}

/// The longest text that an index holds as it is, in bytes. An entry of an index has a third of a page at most.
const LONGEST: usize = 256;

/// The text by which another one is looked up: itself, or its beginning and its hash when it is long. Two texts never
/// have the same one: one that is short is no longer than [`LONGEST`], that of a long one always is.
pub(crate) fn looked_up(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
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
        assert!(long.len() > LONGEST && long.len() <= LONGEST + 64);
        assert_ne!(long, looked_up(&text(260)));
        assert_ne!(looked_up(&long), long, "what looks like one is not one");
    }
}
