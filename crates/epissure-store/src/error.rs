/// Errors of a backend. Their texts are for the log, never for a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not respond, is full, or is shutting down: the request may be retried.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The schema of the database is newer than this version of the program.
    #[error("the schema is newer than this program")]
    NewerSchema,
    /// The database contains an unfinished copy of another one, and is unusable until the copy
    /// finishes.
    #[error("the database holds an unfinished copy of {of}")]
    Unfinished {
        /// Name of the copied database, safe to display.
        of: String,
    },
    /// The database is in use, and the operation requires exclusive use.
    #[error("the database is in use: {0}")]
    InUse(String),
    /// The query was stopped because it exceeded its read budget.
    #[error("the query went beyond its budget")]
    TooExpensive,
    /// A row has invalid content.
    #[error("inconsistent row in {table}, {row}: {what}")]
    Inconsistent {
        /// Table name.
        table: &'static str,
        /// Identifier of the row.
        row: String,
        /// Description of the inconsistency.
        what: String,
    },
    /// Any other error: a fault of this program.
    #[error("unexpected database error: {0}")]
    Unexpected(String),
}
