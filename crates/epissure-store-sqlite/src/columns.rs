//! Typed reading of columns. An error names the column and the reason, and never quotes the value,
//! which may be personal data.

use epissure_protocol::names::OperatorCode;
use epissure_store::Role;
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;

pub(crate) fn code(row: &Row<'_>, at: usize) -> rusqlite::Result<OperatorCode> {
    named(row, at, OperatorCode::parse)
}

pub(crate) fn role(row: &Row<'_>, at: usize) -> rusqlite::Result<Role> {
    named(row, at, Role::parse)
}

pub(crate) fn words(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<String>> {
    Ok(row.get::<_, String>(at)?.split_whitespace().map(str::to_owned).collect())
}

pub(crate) fn instant(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(row.get(at)?).map_err(|_| unreadable(row, at, Type::Integer, "an instant"))
}

/// Reads an identifier, a version, a code or a state.
pub(crate) fn named<T>(row: &Row<'_>, at: usize, parse: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text = row.get_ref(at)?.as_str()?;
    parse(text).ok_or_else(|| unreadable(row, at, Type::Text, "a valid name"))
}

/// Returns the error for a column that does not hold the expected value.
pub(crate) fn unreadable(row: &Row<'_>, at: usize, kind: Type, expected: &str) -> rusqlite::Error {
    let column = row.as_ref().column_name(at).unwrap_or("?");
    let reason = format!("the column {column} does not hold {expected}");
    rusqlite::Error::FromSqlConversionFailure(at, kind, reason.into())
}
