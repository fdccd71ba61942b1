//! Differences of two IPE files by building, in 32 bytes a line of the older one.
//!
//! ```
//! use std::io::Cursor;
//! use epissure_ipe::IpeColumn;
//! use epissure_ipe::delta::{DeltaLine, DeltaOptions, compare};
//!
//! let before = "IdentifiantImmeuble;CommuneImmeuble;DateDerniereModification\nA1;FOIS;20250101\nA2;FOIX;20250101\n";
//! let after = "IdentifiantImmeuble;CommuneImmeuble;DateDerniereModification\nA1;FOIX;20250301\nA2;FOIX;20250301\n";
//! let mut changed = Vec::new();
//! let summary = compare(Cursor::new(before), Cursor::new(after), DeltaOptions::default(), &mut |line| {
//!     if let DeltaLine::Changed { after, columns, .. } = line {
//!         changed.push((after.text(IpeColumn::IdentifiantImmeuble).into_owned(), columns));
//!     }
//!     Ok(())
//! })?;
//! assert_eq!(changed, [("A1".to_owned(), vec!["CommuneImmeuble".to_owned(), "DateDerniereModification".to_owned()])]);
//! assert_eq!(summary.unchanged, 1, "a line whose only change is its date did not change");
//! # Ok::<(), epissure_ipe::ReadError>(())
//! ```

mod index;

use std::borrow::Cow;
use std::io::{self, Read, Seek, SeekFrom};

use jiff::civil::Date;
use memchr::memchr;
use xxhash_rust::xxh3::xxh3_64;

pub(crate) use index::building_hash;
use index::{Counterpart, Index};

use crate::columns::{IpeColumn, fold_name};
use crate::encoding::RowEncoding;
use crate::header::Header;
use crate::line::Line;
use crate::reading::{IpeReader, ReadError, TableReader};
use crate::values::{BuildingState, months_later, parse_day};

/// Facts from outside the files.
#[derive(Debug, Clone, Default)]
pub struct DeltaOptions {
    /// The day of the newer file; without it, an abandoned line that leaves is always announced.
    pub today: Option<Date>,
}

/// The manner in which a line left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// The line was ABANDONNE, and last changed three months ago or more: the rule of protocol v2.
    Announced,
    /// The line was ABANDONNE, and changed within the last three months.
    Early,
    /// The line had another state.
    Unannounced,
}

/// A difference.
#[derive(Debug)]
pub enum DeltaLine<'a> {
    /// The building is in the newer file only.
    Added(Line<'a>),
    /// The building's line differs in other columns than `DateDerniereModification`.
    Changed {
        /// The line of the older file; its number is not known.
        before: Line<'a>,
        /// The line of the newer file.
        after: Line<'a>,
        /// Names of all columns that differ, as the newer file spells them.
        columns: Vec<String>,
    },
    /// The building is in the older file only.
    Removed {
        /// The line of the older file.
        before: Line<'a>,
        /// True if the protocol foresees the departure.
        departure: Departure,
    },
}

/// Counts of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeltaSummary {
    /// Lines of the newer file only.
    pub added: u64,
    /// Lines that differ.
    pub changed: u64,
    /// Lines that are alike, the day of last change aside.
    pub unchanged: u64,
    /// Lines of the older file only.
    pub removed: u64,
    /// Lines of the older file that are no rows or have no identifier.
    pub unread_before: u64,
    /// Lines of the newer file that are no rows or have no identifier.
    pub unread_after: u64,
    /// Names of columns that the newer file adds.
    pub columns_added: Vec<String>,
    /// Names of columns that the newer file loses.
    pub columns_lost: Vec<String>,
}

/// Compares two files. Added and changed lines are visited in the order of the newer file, then
/// removed ones in the order of the older. The columns that both files have are compared by name,
/// as text: encodings, quotes, line ends and the order of columns do not count. The key of a line
/// is `CodeOI`, where both files have it, and `IdentifiantImmeuble`; among repeated keys, lines of
/// equal content are paired first.
///
/// # Errors
///
/// [`ReadError`] of either file; the visitor's error.
pub fn compare<A: Read + Seek, B: Read>(
    mut before: A,
    after: B,
    options: DeltaOptions,
    visit: &mut dyn FnMut(DeltaLine<'_>) -> io::Result<()>,
) -> Result<DeltaSummary, ReadError> {
    let mut after = IpeReader::new(after)?;
    let mut summary = DeltaSummary::default();
    let mut scratch = Vec::new();

    before.seek(SeekFrom::Start(0))?;
    let mut older = IpeReader::new(&mut before)?;
    let columns = Columns::shared(older.header(), after.header(), &mut summary);
    let mut index = Index::new();
    while let Some(line) = older.next_line()? {
        match columns.key(&line) {
            Some(key) => index.push(key, columns.content(&line, Side::Before, &mut scratch), line.offset()),
            None => summary.unread_before += 1,
        }
    }
    index.sort();
    let (header, terminator) = (older.header().clone(), older.terminator());
    let mut cursor = TableReader::resume(&mut before, header, terminator);

    while let Some(line) = after.next_line()? {
        let Some(key) = columns.key(&line) else {
            summary.unread_after += 1;
            continue;
        };
        match index.take(key, columns.content(&line, Side::After, &mut scratch)) {
            Counterpart::Same => summary.unchanged += 1,
            Counterpart::None => {
                summary.added += 1;
                visit(DeltaLine::Added(line))?;
            }
            Counterpart::Other(place) => {
                summary.changed += 1;
                cursor.jump(place)?;
                if let Some(before) = cursor.next_line()? {
                    let names = columns.differing(&before, &line);
                    visit(DeltaLine::Changed { before, after: line, columns: names })?;
                }
            }
        }
    }

    let left = index.left();
    summary.removed = left.len() as u64;
    if let Some(last) = left.last().copied() {
        before.seek(SeekFrom::Start(0))?;
        let mut older = IpeReader::new(&mut before)?;
        while let Some(line) = older.next_line()? {
            if left.binary_search(&line.offset()).is_ok() {
                let departure = departure(&line, options.today);
                visit(DeltaLine::Removed { before: line, departure })?;
            }
            if line.offset() >= last {
                break;
            }
        }
    }
    Ok(summary)
}

fn departure(line: &Line<'_>, today: Option<Date>) -> Departure {
    if BuildingState::of(line) != Some(BuildingState::Abandoned) {
        return Departure::Unannounced;
    }
    let changed = parse_day(&line.text(IpeColumn::DateDerniereModification));
    let until = changed.map(|day| months_later(day, 3));
    match (until, today) {
        (Some(until), Some(today)) if until > today => Departure::Early,
        _ => Departure::Announced,
    }
}

/// Which of the two files.
#[derive(Debug, Clone, Copy)]
enum Side {
    Before,
    After,
}

/// The columns that both files have.
#[derive(Debug)]
struct Columns {
    /// Places in the older and the newer file.
    pairs: Vec<(usize, usize)>,
    /// True if a pair's column is the day of last change.
    is_day: Vec<bool>,
    with_operator: bool,
    /// True if both files have the same columns in the same order, between semicolons.
    is_straight: bool,
}

/// The separator of nearly all files, between texts that are hashed.
const SEPARATOR: char = ';';

impl Columns {
    fn shared(before: &Header, after: &Header, summary: &mut DeltaSummary) -> Self {
        let find = |header: &Header, name: &str, column: Option<IpeColumn>| match column {
            Some(column) => header.position(column),
            None if fold_name(name).is_empty() => None,
            None => header.position_of(name),
        };
        let (mut pairs, mut is_day) = (Vec::new(), Vec::new());
        for (place, (name, column)) in before.names().iter().zip(before.columns()).enumerate() {
            match find(after, name, *column) {
                Some(other) => {
                    pairs.push((place, other));
                    is_day.push(*column == Some(IpeColumn::DateDerniereModification));
                }
                None => summary.columns_lost.push(name.clone()),
            }
        }
        for (name, column) in after.names().iter().zip(after.columns()) {
            if find(before, name, *column).is_none() {
                summary.columns_added.push(name.clone());
            }
        }
        let has_operator = |header: &Header| header.position(IpeColumn::CodeOI).is_some();
        let same_place = pairs.iter().enumerate().all(|(at, pair)| *pair == (at, at));
        let same_width = pairs.len() == before.width() && pairs.len() == after.width();
        let semicolons = [before, after].iter().all(|header| header.separator() == SEPARATOR as u8);
        Self {
            is_straight: same_place && same_width && semicolons,
            with_operator: has_operator(before) && has_operator(after),
            pairs,
            is_day,
        }
    }

    fn key(&self, line: &Line<'_>) -> Option<u64> {
        let id = line.bytes(IpeColumn::IdentifiantImmeuble).trim_ascii();
        if line.fault().is_some() || id.is_empty() {
            return None;
        }
        let operator = if self.with_operator { line.bytes(IpeColumn::CodeOI).trim_ascii() } else { b"" };
        Some(building_hash(operator, id))
    }

    /// The hash of what the line says in the shared columns, the day of last change aside: the
    /// texts of the cells between separators, or between control characters where a text has a
    /// separator.
    fn content(&self, line: &Line<'_>, side: Side, scratch: &mut Vec<u8>) -> u64 {
        scratch.clear();
        let plain = line.encoding() != RowEncoding::Windows1252;
        if self.is_straight && plain && memchr(b'"', line.raw()).is_none() {
            return self.content_of_bytes(line, scratch);
        }
        let texts = self.pairs.iter().zip(&self.is_day).map(|((before, after), is_day)| {
            let place = match side {
                Side::Before => *before,
                Side::After => *after,
            };
            if *is_day { Cow::Borrowed("") } else { line.cell(place).unwrap_or_default() }
        });
        let texts: Vec<Cow<'_, str>> = texts.collect();
        let has_separator = texts.iter().any(|text| text.contains(SEPARATOR));
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                scratch.push(if has_separator { 0x1f } else { SEPARATOR as u8 });
            }
            scratch.extend_from_slice(text.as_bytes());
        }
        xxh3_64(scratch)
    }

    /// The same of a line without quotes whose cells stand in the order of the shared columns: its
    /// bytes without the cell of the day.
    fn content_of_bytes(&self, line: &Line<'_>, scratch: &mut Vec<u8>) -> u64 {
        let end = line.spans[self.pairs.len() - 1].end as usize;
        let Some(day) = self.is_day.iter().position(|is_day| *is_day) else {
            return xxh3_64(&line.raw()[..end]);
        };
        let day = line.spans[day];
        scratch.extend_from_slice(&line.raw()[..day.start as usize]);
        scratch.extend_from_slice(&line.raw()[day.end as usize..end]);
        xxh3_64(scratch)
    }

    fn differing(&self, before: &Line<'_>, after: &Line<'_>) -> Vec<String> {
        let differs = |(old, new): &&(usize, usize)| before.cell(*old) != after.cell(*new);
        let names = after.header().names();
        self.pairs.iter().filter(differs).filter_map(|(_, new)| names.get(*new).cloned()).collect()
    }
}
