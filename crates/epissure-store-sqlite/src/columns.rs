//! Typed reading of columns. An error names the column and the reason, and never quotes the value,
//! which may be personal data.

use epissure_protocol::names::OperatorCode;
use epissure_store::Role;
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;

pub(crate) fn code(row: &Row<'_>, at: usize) -> rusqlite::Result<OperatorCode> {
    row.get::<_, String>(at)?.parse().map_err(|error: String| unreadable(at, Type::Text, error))
}

pub(crate) fn role(row: &Row<'_>, at: usize) -> rusqlite::Result<Role> {
    let text: String = row.get(at)?;
    Role::parse(&text).ok_or_else(|| unreadable(at, Type::Text, format!("`{text}` is not a role")))
}

pub(crate) fn words(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<String>> {
    Ok(row.get::<_, String>(at)?.split_whitespace().map(str::to_owned).collect())
}

pub(crate) fn instant(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(row.get(at)?)
        .map_err(|error| unreadable(at, Type::Integer, error.to_string()))
}

pub(crate) fn unreadable(at: usize, kind: Type, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, kind, what.into())
}
