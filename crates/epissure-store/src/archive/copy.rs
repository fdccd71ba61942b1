//! Copying the rows of one database to another, and verifying the result.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Archive, Begun, Limits, Pulse, Row, Rows, TABLES, Table, Tally};
use crate::{Hash, StoreError};

/// Source, target and settings of a copy.
pub struct Copying<'a> {
    /// Source, read from one snapshot.
    pub source: &'a dyn Archive,
    /// Target of the rows.
    pub target: &'a dyn Archive,
    /// Name of the source. A copy resumes only when the name is the same as at its start.
    pub name: &'a str,
    /// Memory bounds of the copy.
    pub limits: Limits,
}

/// Progress of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Current phase.
    pub phase: Phase,
    /// Current table.
    pub table: &'static str,
    /// Rows processed in this phase, over all tables.
    pub done: u64,
    /// Total number of rows.
    pub of: u64,
}

/// Phase of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Rows are read from the source, and written to the target unless already copied.
    Copy,
    /// Rows are read back from the target.
    Verify,
}

/// Result of a finished copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// True when the copy resumed an earlier, interrupted one.
    pub resumed: bool,
    /// Every table, in the order of [`TABLES`].
    pub tables: Vec<CopiedTable>,
}

/// A table that is identical in both databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    /// Table name.
    pub name: &'static str,
    /// Row count and hash of the table.
    pub sum: Sum,
    /// Number of rows written by this run of the copy.
    pub written: u64,
    /// Time spent to copy and verify the table.
    pub took: Duration,
}

/// Row count and hash of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// Number of rows.
    pub rows: u64,
    /// Hash of all rows, in order.
    pub hash: Hash,
}

impl From<Tally> for Sum {
    fn from(tally: Tally) -> Self {
        Self { rows: tally.rows(), hash: tally.hash() }
    }
}

/// A table that differs between the two databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Table name.
    pub table: &'static str,
    /// Number of rows in the source.
    pub source: u64,
    /// Number of rows in the target.
    pub target: u64,
    /// Description of the first row that differs, for the administrator. `None` for derived tables.
    pub first: Option<String>,
}

/// One of the two databases of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Database that rows are read from.
    Source,
    /// Database that rows are written to.
    Target,
}

/// Reason why a copy did not finish. Rows already written stay in the target, which remains marked
/// as unfinished.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// A database failed.
    #[error("the {0:?} failed: {1}")]
    Failed(Side, #[source] StoreError),
    /// The target already contains rows.
    #[error("the target is not empty")]
    NotEmpty(Vec<(&'static str, u64)>),
    /// The target contains an unfinished copy of another database.
    #[error("the target holds an unfinished copy of {0}")]
    AnotherSource(String),
    /// The rows copied by an earlier run differ from the current rows of the source.
    #[error("the source is not what it was when the copy began")]
    Moved(Vec<Difference>),
    /// The copied rows differ from those of the source.
    #[error("the target is not what the source is")]
    Differs(Vec<Difference>),
    /// The source was written to after the copied snapshot was taken. `audited` may be 0: some
    /// writes are not audited.
    #[error("the source was written to meanwhile")]
    Outrun {
        /// Number of audited writes since the snapshot.
        audited: i64,
    },
}

fn failed(side: Side) -> impl Fn(StoreError) -> Stopped {
    move |error| Stopped::Failed(side, error)
}

/// Copies every row to a target that is empty or contains the beginning of this copy. Then compares
/// both databases, checks that the source did not change, and removes the target's mark.
///
/// # Errors
///
/// Returns [`Stopped`]. The target then remains marked, and the same call resumes the copy.
pub async fn copy(
    copying: &Copying<'_>,
    at: Timestamp,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Copied, Stopped> {
    let resumed = begin(copying, at).await?;
    let before = copying.source.pulse().await.map_err(failed(Side::Source))?;
    let mut report = ProgressReport { tell, phase: Phase::Copy, done: 0, of: rows_of(copying.source).await? };
    let mut tables = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        let there = if resumed { already_there(copying, table).await? } else { 0 };
        tables.push(transfer(copying, table, there, &mut report).await?);
    }
    report.goes_on_to(Phase::Verify);
    compare(copying, &mut tables, &mut report).await?;
    still_at_rest(copying.source, before).await?;
    copying.target.finish().await.map_err(failed(Side::Target))?;
    Ok(Copied { resumed, tables })
}

/// Marks the target. Returns true when an earlier run of this copy has already marked it.
async fn begin(copying: &Copying<'_>, at: Timestamp) -> Result<bool, Stopped> {
    match copying.target.begin(copying.name, at).await.map_err(failed(Side::Target))? {
        Begun::Anew => Ok(false),
        Begun::Again => Ok(true),
        Begun::NotEmpty(tables) => Err(Stopped::NotEmpty(tables)),
        Begun::AnotherSource(name) => Err(Stopped::AnotherSource(name)),
    }
}

async fn rows_of(source: &dyn Archive) -> Result<u64, Stopped> {
    let mut rows = 0;
    for table in TABLES {
        rows += source.count(table).await.map_err(failed(Side::Source))?;
    }
    Ok(rows)
}

/// Returns the number of rows of a table that an earlier run copied. Fails when they are not the
/// first rows of the source any more.
async fn already_there(copying: &Copying<'_>, table: &'static Table) -> Result<u64, Stopped> {
    let there = copying.target.count(table).await.map_err(failed(Side::Target))?;
    let Some(first) = first_difference(copying, table, Some(there)).await? else { return Ok(there) };
    let source = copying.source.count(table).await.map_err(failed(Side::Source))?;
    Err(Stopped::Moved(vec![Difference { table: table.name, source, target: there, first: Some(first) }]))
}

/// Reads the target, and compares it with the rows read from the source.
async fn compare(
    copying: &Copying<'_>,
    tables: &mut [CopiedTable],
    report: &mut ProgressReport<'_>,
) -> Result<(), Stopped> {
    let mut differences = Vec::new();
    for (table, copied) in TABLES.iter().zip(tables) {
        let started = Instant::now();
        let arrived =
            sum(copying.target, table, copying.limits, report).await.map_err(failed(Side::Target))?;
        if arrived != copied.sum {
            differences.push(differing(copying, table, (&copied.sum, &arrived)).await?);
        }
        copied.took += started.elapsed();
    }
    differences.extend(derived(copying.source, copying.target).await?);
    if differences.is_empty() { Ok(()) } else { Err(Stopped::Differs(differences)) }
}

/// Checks that the source was not used since its snapshot was taken.
async fn still_at_rest(source: &dyn Archive, before: Pulse) -> Result<(), Stopped> {
    source.renew().await.map_err(failed(Side::Source))?;
    let after = source.pulse().await.map_err(failed(Side::Source))?;
    if after == before { Ok(()) } else { Err(Stopped::Outrun { audited: after.audited - before.audited }) }
}

/// Returns the differences between two databases; empty when they are identical.
///
/// # Errors
///
/// Fails when one of the databases cannot be read.
pub async fn verify(copying: &Copying<'_>) -> Result<Vec<Difference>, Stopped> {
    let mut nobody = |_| {};
    let mut report = ProgressReport { tell: &mut nobody, phase: Phase::Verify, done: 0, of: 0 };
    let mut differences = Vec::new();
    for table in TABLES {
        let there = sum(copying.source, table, copying.limits, &mut report).await;
        let here = sum(copying.target, table, copying.limits, &mut report).await;
        let (there, here) = (there.map_err(failed(Side::Source))?, here.map_err(failed(Side::Target))?);
        if there != here {
            differences.push(differing(copying, table, (&there, &here)).await?);
        }
    }
    differences.extend(derived(copying.source, copying.target).await?);
    Ok(differences)
}

/// Progress counters, and the callback that receives them.
struct ProgressReport<'a> {
    tell: &'a mut (dyn FnMut(Progress) + Send),
    phase: Phase,
    done: u64,
    of: u64,
}

impl ProgressReport<'_> {
    fn goes_on_to(&mut self, phase: Phase) {
        (self.phase, self.done) = (phase, 0);
    }

    fn of(&mut self, table: &'static Table, rows: usize) {
        self.done += rows as u64;
        (self.tell)(Progress { phase: self.phase, table: table.name, done: self.done, of: self.of });
    }
}

/// Hashes the rows of a table from the first one, and writes those that the target does not have
/// yet.
async fn transfer(
    copying: &Copying<'_>,
    table: &'static Table,
    there: u64,
    report: &mut ProgressReport<'_>,
) -> Result<CopiedTable, Stopped> {
    let started = Instant::now();
    let mut tally = Tally::default();
    let mut written = 0;
    let mut rows = copying.source.read(table, copying.limits, None);
    while let Some(mut piece) = rows.next().await.map_err(failed(Side::Source))? {
        let known = usize::try_from(there.saturating_sub(tally.rows())).unwrap_or(usize::MAX);
        piece.iter().for_each(|row| tally.add(row));
        let read = piece.len();
        piece.drain(..known.min(read));
        if !piece.is_empty() {
            written += piece.len() as u64;
            copying.target.write(table, piece).await.map_err(failed(Side::Target))?;
        }
        report.of(table, read);
    }
    Ok(CopiedTable { name: table.name, sum: tally.into(), written, took: started.elapsed() })
}

async fn sum(
    archive: &dyn Archive,
    table: &'static Table,
    limits: Limits,
    report: &mut ProgressReport<'_>,
) -> Result<Sum, StoreError> {
    let mut tally = Tally::default();
    let mut rows = archive.read(table, limits, None);
    while let Some(piece) = rows.next().await? {
        piece.iter().for_each(|row| tally.add(row));
        report.of(table, piece.len());
    }
    Ok(tally.into())
}

async fn differing(
    copying: &Copying<'_>,
    table: &'static Table,
    (source, target): (&Sum, &Sum),
) -> Result<Difference, Stopped> {
    let first = first_difference(copying, table, None).await?;
    Ok(Difference { table: table.name, source: source.rows, target: target.rows, first })
}

/// Returns the first row that differs or is missing on one side, among the first rows of a table.
async fn first_difference(
    copying: &Copying<'_>,
    table: &'static Table,
    most: Option<u64>,
) -> Result<Option<String>, Stopped> {
    let side = |archive: &dyn Archive| OneByOne::new(archive.read(table, copying.limits, most));
    let (mut there, mut here) = (side(copying.source), side(copying.target));
    loop {
        let row = there.next().await.map_err(failed(Side::Source))?;
        let own = here.next().await.map_err(failed(Side::Target))?;
        match (row, own) {
            (None, None) => return Ok(None),
            (row, own) if row == own => {}
            (Some(row), _) | (None, Some(row)) => return Ok(Some(table.name_of(&row))),
        }
    }
}

/// Iterates over rows one by one.
struct OneByOne {
    rows: Box<dyn Rows>,
    piece: std::vec::IntoIter<Row>,
}

impl OneByOne {
    fn new(rows: Box<dyn Rows>) -> Self {
        Self { rows, piece: Vec::new().into_iter() }
    }

    async fn next(&mut self) -> Result<Option<Row>, StoreError> {
        loop {
            if let Some(row) = self.piece.next() {
                return Ok(Some(row));
            }
            let Some(piece) = self.rows.next().await? else { return Ok(None) };
            self.piece = piece.into_iter();
        }
    }
}

/// Compares the row counts of derived tables, which the target derives itself.
async fn derived(source: &dyn Archive, target: &dyn Archive) -> Result<Vec<Difference>, Stopped> {
    let there = source.derived().await.map_err(failed(Side::Source))?;
    let here = target.derived().await.map_err(failed(Side::Target))?;
    let counted = there.into_iter().zip(here).filter(|(there, here)| there != here);
    let difference = |((table, source), (_, target))| Difference { table, source, target, first: None };
    Ok(counted.map(difference).collect())
}
