/// What a backend may fail with. The texts are for the log, never for a caller.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, is full, or is stopping: the request may be tried again.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database was written by a version of the program that this one does not know.
    #[error("the schema is newer than this program")]
    NewerSchema,
    /// The database holds a part of another one: it is of no use before its copy is finished.
    #[error("the database holds an unfinished copy of {of}")]
    Unfinished {
        /// Of which one, as it may be shown.
        of: String,
    },
    /// Somebody else uses the database, where it must be used alone.
    #[error("the database is in use: {0}")]
    InUse(String),
    /// The query was stopped because it read too much.
    #[error("the query went beyond its budget")]
    TooExpensive,
    /// A row cannot be read as what it must be.
    #[error("inconsistent row in {table}, {row}: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// Which row.
        row: String,
        /// What is wrong with it.
        what: String,
    },
    /// Anything else: a fault of ours.
    #[error("unexpected database error: {0}")]
    Unexpected(String),
}
