//! Mapping of PostgreSQL's errors to those of the contract.

use epissure_store::StoreError;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

/// SQLSTATEs, or their prefixes, after which a retry may succeed. Causes are the connection, server
/// resources, a shutdown, a standby, and conflicting transactions.
const PASSING: &[&str] = &[
    "08",    // connection exception
    "25006", // read only: this server is not the primary any more
    "25P03", // idle in transaction for too long
    "40",    // serialization failure, deadlock
    "53",    // disk full, out of memory, too many connections
    "55P03", // a lock is not available
    "57P",   // shutting down, starting up, crashed
    "58",    // system error: the disk
    "F0",    // configuration file error
];

/// Maps the error of a statement.
pub(crate) fn error(error: Error) -> StoreError {
    let Some(database) = error.as_db_error() else {
        return match error.is_closed() || is_of_the_connection(&error) {
            true => StoreError::Unavailable(told(&error)),
            false => StoreError::Unexpected(told(&error)),
        };
    };
    if *database.code() == SqlState::QUERY_CANCELED {
        return StoreError::TooExpensive;
    }
    let text = text(database);
    match is_passing(database.code()) {
        true => StoreError::Unavailable(text),
        false => StoreError::Unexpected(text),
    }
}

/// Checks that the transaction failed because of concurrent ones, so that a retry may succeed.
pub(crate) fn is_conflict(error: &Error) -> bool {
    error.code().is_some_and(|code| code.code().starts_with("40"))
}

/// Checks that another transaction has the lock that this one needs.
pub(crate) fn is_locked(error: &Error) -> bool {
    error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
}

/// Checks that the connection is lost, along with its transaction.
pub(crate) fn is_lost(error: &Error) -> bool {
    error.is_closed()
        || error.as_db_error().is_none() && is_of_the_connection(error)
        || error
            .code()
            .is_some_and(|code| ["08", "57P", "25006"].iter().any(|of| code.code().starts_with(of)))
}

fn is_passing(code: &SqlState) -> bool {
    PASSING.iter().any(|passing| code.code().starts_with(passing))
}

fn is_of_the_connection(error: &Error) -> bool {
    use std::error::Error as _;
    error.source().and_then(|source| source.downcast_ref::<std::io::Error>()).is_some()
}

/// Returns the server's message, without the values of rows: these may be personal data, which is
/// not logged.
pub(crate) fn text(error: &DbError) -> String {
    let code = error.code().code();
    let mut text = format!("SQLSTATE {code}");
    for (name, value) in [("table", error.table()), ("constraint", error.constraint())] {
        if let Some(value) = value {
            text.push_str(&format!(", {name} {value}"));
        }
    }
    // The messages of data exceptions and constraint violations quote the value.
    if !code.starts_with("22") && !code.starts_with("23") {
        text.push_str(&format!(": {}", error.message()));
    }
    text
}

/// Formats a connection error, including the server's own message.
pub(crate) fn told_of(error: &Error) -> String {
    error.as_db_error().map_or_else(|| told(error), text)
}

/// Formats an error of another origin than the server, with its causes.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(&format!(": {more}"));
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_stays() {
        for code in [
            SqlState::CONNECTION_FAILURE,
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::DISK_FULL,
            SqlState::TOO_MANY_CONNECTIONS,
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::IO_ERROR,
        ] {
            assert!(is_passing(&code), "{code:?}");
        }
        for code in [
            SqlState::UNIQUE_VIOLATION,
            SqlState::UNDEFINED_TABLE,
            SqlState::INSUFFICIENT_PRIVILEGE,
            SqlState::SYNTAX_ERROR,
        ] {
            assert!(!is_passing(&code), "{code:?}");
        }
    }
}
