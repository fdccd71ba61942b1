//! Moving the rows of one database to another, and comparing what has arrived.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Archive, Begun, Limits, Pulse, Row, Rows, TABLES, Table, Tally};
use crate::{Hash, StoreError};

/// What is copied to where, and how.
pub struct Copying<'a> {
    /// Where the rows are: one snapshot.
    pub source: &'a dyn Archive,
    /// Where they go.
    pub target: &'a dyn Archive,
    /// What the source is called: the same at each start, or the copy does not go on.
    pub name: &'a str,
    /// How much is held at once.
    pub limits: Limits,
}

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// To which table.
    pub table: &'static str,
    /// Rows done in this phase, of every table.
    pub done: u64,
    /// Rows in all.
    pub of: u64,
}

/// What is done to the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// They are read from the source, and written to the target unless they are there already.
    Copy,
    /// They are read from the target.
    Verify,
}

/// A copy that is finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Whether it went on where an earlier start of it had ended.
    pub resumed: bool,
    /// Every table, in the order of [`TABLES`].
    pub tables: Vec<CopiedTable>,
}

/// A table that is the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub sum: Sum,
    /// The rows that were written by this start of the copy.
    pub written: u64,
    /// How long it took to copy and to verify.
    pub took: Duration,
}

/// Rows of a table, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub rows: u64,
    /// The hash of them all.
    pub hash: Hash,
}

impl From<Tally> for Sum {
    fn from(tally: Tally) -> Self {
        Self { rows: tally.rows(), hash: tally.hash() }
    }
}

/// A table that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub table: &'static str,
    /// How many rows the source has.
    pub source: u64,
    /// How many the target has.
    pub target: u64,
    /// The first row that is not the same, so that a person finds it; none of what is derived.
    pub first: Option<String>,
}

/// One of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// That from which rows come.
    Source,
    /// That to which they go.
    Target,
}

/// Why a copy is not finished. What was written stays, under the target's mark.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// A database failed.
    #[error("the {0:?} failed: {1}")]
    Failed(Side, #[source] StoreError),
    /// The target has rows of its own.
    #[error("the target is not empty")]
    NotEmpty(Vec<(&'static str, u64)>),
    /// The target holds the beginning of a copy of another database.
    #[error("the target holds an unfinished copy of {0}")]
    AnotherSource(String),
    /// What was copied by an earlier start is not what the source holds now.
    #[error("the source is not what it was when the copy began")]
    Moved(Vec<Difference>),
    /// What has arrived is not what the source holds.
    #[error("the target is not what the source is")]
    Differs(Vec<Difference>),
    /// The source was written to after the snapshot that was copied: so many writes that somebody made, perhaps none, and
    /// others.
    #[error("the source was written to meanwhile")]
    Outrun {
        /// Writes that the audit tells of.
        audited: i64,
    },
}

fn failed(side: Side) -> impl Fn(StoreError) -> Stopped {
    move |error| Stopped::Failed(side, error)
}

/// Copies every row to a target that is empty, or that holds the beginning of this copy; compares what both sides hold;
/// and gives the target free when it is the same, and the source still is.
///
/// # Errors
/// See [`Stopped`]. The target then keeps its mark, and the same call goes on.
pub async fn copy(
    copying: &Copying<'_>,
    at: Timestamp,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Copied, Stopped> {
    let resumed = begin(copying, at).await?;
    let before = copying.source.pulse().await.map_err(failed(Side::Source))?;
    let mut told = Told { tell, phase: Phase::Copy, done: 0, of: rows_of(copying.source).await? };
    let mut tables = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        let there = if resumed { already_there(copying, table).await? } else { 0 };
        tables.push(transfer(copying, table, there, &mut told).await?);
    }
    told.goes_on_to(Phase::Verify);
    compare(copying, &mut tables, &mut told).await?;
    still_at_rest(copying.source, before).await?;
    copying.target.finish().await.map_err(failed(Side::Target))?;
    Ok(Copied { resumed, tables })
}

/// Marks the target; whether it has been already, by an earlier start.
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

/// How many rows of a table an earlier start has copied: the first of the source still, or the copy does not go on.
async fn already_there(copying: &Copying<'_>, table: &'static Table) -> Result<u64, Stopped> {
    let there = copying.target.count(table).await.map_err(failed(Side::Target))?;
    let Some(first) = first_difference(copying, table, Some(there)).await? else { return Ok(there) };
    let source = copying.source.count(table).await.map_err(failed(Side::Source))?;
    Err(Stopped::Moved(vec![Difference { table: table.name, source, target: there, first: Some(first) }]))
}

/// Reads the target, and holds it against what was read from the source.
async fn compare(
    copying: &Copying<'_>,
    tables: &mut [CopiedTable],
    told: &mut Told<'_>,
) -> Result<(), Stopped> {
    let mut differences = Vec::new();
    for (table, copied) in TABLES.iter().zip(tables) {
        let started = Instant::now();
        let arrived = sum(copying.target, table, copying.limits, told).await.map_err(failed(Side::Target))?;
        if arrived != copied.sum {
            differences.push(differing(copying, table, (&copied.sum, &arrived)).await?);
        }
        copied.took += started.elapsed();
    }
    differences.extend(derived(copying.source, copying.target).await?);
    if differences.is_empty() { Ok(()) } else { Err(Stopped::Differs(differences)) }
}

/// That nobody has used the source since its snapshot was taken.
async fn still_at_rest(source: &dyn Archive, before: Pulse) -> Result<(), Stopped> {
    source.renew().await.map_err(failed(Side::Source))?;
    let after = source.pulse().await.map_err(failed(Side::Source))?;
    if after == before { Ok(()) } else { Err(Stopped::Outrun { audited: after.audited - before.audited }) }
}

/// What is not the same in two databases; nothing when all is.
///
/// # Errors
/// When one of them cannot be read.
pub async fn verify(copying: &Copying<'_>) -> Result<Vec<Difference>, Stopped> {
    let mut nobody = |_| {};
    let mut told = Told { tell: &mut nobody, phase: Phase::Verify, done: 0, of: 0 };
    let mut differences = Vec::new();
    for table in TABLES {
        let there = sum(copying.source, table, copying.limits, &mut told).await;
        let here = sum(copying.target, table, copying.limits, &mut told).await;
        let (there, here) = (there.map_err(failed(Side::Source))?, here.map_err(failed(Side::Target))?);
        if there != here {
            differences.push(differing(copying, table, (&there, &here)).await?);
        }
    }
    differences.extend(derived(copying.source, copying.target).await?);
    Ok(differences)
}

/// Who is told of the progress.
struct Told<'a> {
    tell: &'a mut (dyn FnMut(Progress) + Send),
    phase: Phase,
    done: u64,
    of: u64,
}

impl Told<'_> {
    fn goes_on_to(&mut self, phase: Phase) {
        (self.phase, self.done) = (phase, 0);
    }

    fn of(&mut self, table: &'static Table, rows: usize) {
        self.done += rows as u64;
        (self.tell)(Progress { phase: self.phase, table: table.name, done: self.done, of: self.of });
    }
}

/// Hashes the rows of a table from the first, whatever the target has of them, and writes those that it has not.
async fn transfer(
    copying: &Copying<'_>,
    table: &'static Table,
    there: u64,
    told: &mut Told<'_>,
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
        told.of(table, read);
    }
    Ok(CopiedTable { name: table.name, sum: tally.into(), written, took: started.elapsed() })
}

async fn sum(
    archive: &dyn Archive,
    table: &'static Table,
    limits: Limits,
    told: &mut Told<'_>,
) -> Result<Sum, StoreError> {
    let mut tally = Tally::default();
    let mut rows = archive.read(table, limits, None);
    while let Some(piece) = rows.next().await? {
        piece.iter().for_each(|row| tally.add(row));
        told.of(table, piece.len());
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

/// The first row, among the first so many, that is not the same on both sides, or that one of them has not.
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

/// Rows, one after the other.
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

/// What is derived is made anew by the target: that nothing of it is missing is seen by its number.
async fn derived(source: &dyn Archive, target: &dyn Archive) -> Result<Vec<Difference>, Stopped> {
    let there = source.derived().await.map_err(failed(Side::Source))?;
    let here = target.derived().await.map_err(failed(Side::Target))?;
    let counted = there.into_iter().zip(here).filter(|(there, here)| there != here);
    let difference = |((table, source), (_, target))| Difference { table, source, target, first: None };
    Ok(counted.map(difference).collect())
}
