//! Everything that is kept, row by row, so that it can move from one database to another.
//!
//! [`TABLES`] says what is kept, whatever the backend: the rows of each table, in which order, with which members. What
//! a backend derives from them to search (values of paths, trigrams, digests) is not copied: the target makes its own,
//! as it does when it writes. [`copy`] moves the rows, and compares what has arrived.

mod copy;
mod row;
mod tables;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::StoreError;

pub use copy::{Copied, CopiedTable, Copying, Difference, Phase, Progress, Side, Stopped, Sum, copy, verify};
pub use row::{Cell, Row, Tally};
pub use tables::{Column, Kind, TABLES, Table};

/// How much is held at once of what is copied: a piece ends with the row that reaches one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows in a piece.
    pub rows: usize,
    /// Bytes in a piece.
    pub bytes: usize,
}

impl Default for Limits {
    /// 2,000 rows or 4 MiB: more at once is not quicker.
    fn default() -> Self {
        Self { rows: 2_000, bytes: 4 << 20 }
    }
}

/// Rows of a table in the order of its key, piece by piece.
#[async_trait]
pub trait Rows: Send {
    /// The next piece; nothing at the end.
    ///
    /// # Errors
    /// When a row cannot be read.
    async fn next(&mut self) -> Result<Option<Vec<Row>>, StoreError>;
}

/// How a copy stands in its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It begins: the target was empty, and is marked from now on.
    Anew,
    /// It goes on: the target has the first rows of it.
    Again,
    /// It does not: the target holds rows that no unfinished copy has put there. The tables that have some, and how many.
    NotEmpty(Vec<(&'static str, u64)>),
    /// It does not: the target holds an unfinished copy of another database, this one.
    AnotherSource(String),
}

/// What grows with every use of a database: when it is the same, nothing has been written that somebody would miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// Rows of the audit: one for each write that somebody made.
    pub audited: i64,
    /// Attempts to send an event.
    pub attempts: i64,
    /// When the last token was issued.
    pub issued: i64,
}

/// A database, as what holds the rows of [`TABLES`].
///
/// As a source it is one snapshot, that of the moment when it was opened. As a target it is used by nobody else.
#[async_trait]
pub trait Archive: Send + Sync {
    /// The rows of a table, or the first of them, in the order of its key.
    fn read(&self, table: &'static Table, limits: Limits, most: Option<u64>) -> Box<dyn Rows>;

    /// How many rows a table has.
    async fn count(&self, table: &'static Table) -> Result<u64, StoreError>;

    /// How many rows there are of what is derived: the same in every backend, by name.
    async fn derived(&self) -> Result<Vec<(&'static str, u64)>, StoreError>;

    /// What grows with every use.
    async fn pulse(&self) -> Result<Pulse, StoreError>;

    /// Of a source: leaves the snapshot for a new one.
    async fn renew(&self) -> Result<(), StoreError>;

    /// Of a target: marks it as one that holds an unfinished copy of a source, or finds its mark.
    async fn begin(&self, source: &str, at: Timestamp) -> Result<Begun, StoreError>;

    /// Of a target: adds rows, and what is derived from them, durably, all together.
    async fn write(&self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError>;

    /// Of a target: lets numbers go on after the highest, and takes the mark away.
    async fn finish(&self) -> Result<(), StoreError>;
}

/// Tables of values that both backends derive to search, under the same names.
pub const DERIVED: &[&str] = &["multi_value", "organization_identification", "individual_characteristic"];
