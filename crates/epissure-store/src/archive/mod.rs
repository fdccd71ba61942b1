//! The stored data, row by row, so that it can be copied from one database to another.
//!
//! [`TABLES`] lists the tables of every backend, with their columns and row order. Data that a
//! backend derives to search (values of paths, trigrams, digests) is not copied: the target derives
//! its own, as on any write. [`copy()`] copies the rows and verifies the result.

mod copy;
mod row;
mod tables;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::StoreError;

pub use copy::{Copied, CopiedTable, Copying, Difference, Phase, Progress, Side, Stopped, Sum, copy, verify};
pub use row::{Cell, Row, Tally};
pub use tables::{Column, Kind, TABLES, Table};

/// Bounds on the rows read at once. A batch ends with the row that reaches one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of rows in a batch.
    pub rows: usize,
    /// Maximum number of bytes in a batch.
    pub bytes: usize,
}

impl Default for Limits {
    /// 2,000 rows or 4 MiB: larger batches are not faster.
    fn default() -> Self {
        Self { rows: 2_000, bytes: 4 << 20 }
    }
}

/// Rows of a table in key order, batch by batch.
#[async_trait]
pub trait Rows: Send {
    /// Returns the next batch; `None` at the end.
    ///
    /// # Errors
    ///
    /// Fails when a row cannot be read.
    async fn next(&mut self) -> Result<Option<Vec<Row>>, StoreError>;
}

/// Result of marking the target of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The copy starts: the target was empty, and is now marked.
    Anew,
    /// The copy resumes: the target contains its first rows.
    Again,
    /// The copy is refused: the target contains rows that no unfinished copy wrote. Lists the
    /// tables that have rows, with their row counts.
    NotEmpty(Vec<(&'static str, u64)>),
    /// The copy is refused: the target contains an unfinished copy of another database, named here.
    AnotherSource(String),
}

/// Counters that grow with every use of a database. Equal values mean that nothing of importance
/// was written in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// Number of audit rows: one for each audited write.
    pub audited: i64,
    /// Number of delivery attempts.
    pub attempts: i64,
    /// Instant of issue of the latest token.
    pub issued: i64,
}

/// A database that contains the rows of [`TABLES`].
///
/// A source is one snapshot, taken when it was opened. A target must have no other user.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Returns the rows of a table in key order, at most `most` of them.
    fn read(&self, table: &'static Table, limits: Limits, most: Option<u64>) -> Box<dyn Rows>;

    /// Returns the number of rows in a table.
    async fn count(&self, table: &'static Table) -> Result<u64, StoreError>;

    /// Returns the row counts of the derived tables, by name. They are the same in every backend.
    async fn derived(&self) -> Result<Vec<(&'static str, u64)>, StoreError>;

    /// Returns the counters that grow with every use.
    async fn pulse(&self) -> Result<Pulse, StoreError>;

    /// Source: replaces the snapshot by a new one.
    async fn renew(&self) -> Result<(), StoreError>;

    /// Target: marks it as an unfinished copy of a source, or finds the existing mark.
    async fn begin(&self, source: &str, at: Timestamp) -> Result<Begun, StoreError>;

    /// Target: inserts rows and the data derived from them, durably, in one transaction.
    async fn write(&self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError>;

    /// Target: sets the sequences after the highest numbers, and removes the mark.
    async fn finish(&self) -> Result<(), StoreError>;
}

/// Tables of values that both backends derive to search, with the same names.
pub const DERIVED: &[&str] = &["multi_value", "organization_identification", "individual_characteristic"];
