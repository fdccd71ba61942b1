//! IPE files: read, check, correct, compare, publish and match them.
//!
//! *Informations Préalables Enrichies* are the files by which a building operator (OI) tells every
//! commercial operator (OC) which buildings its fibre network serves. They have some 65 columns and
//! up to millions of lines, come daily, and are written in many manners. This crate has no I/O but
//! [`Read`](std::io::Read) and [`Write`](std::io::Write).
//!
//! # Example
//!
//! ```
//! use epissure_ipe::lint::{LintOptions, lint};
//! use epissure_ipe::{IpeColumn, IpeReader};
//!
//! let file = "IdentifiantImmeuble;CodeInseeImmeuble;NomVoieImmeuble;NumeroVoieImmeuble\r\n\
//!             IMB/09122/X/0001;09122;DU BAC;12B\r\n";
//!
//! let mut reader = IpeReader::new(file.as_bytes())?;
//! let line = reader.next_line()?.expect("one line");
//! assert_eq!(line.text(IpeColumn::NomVoieImmeuble), "DU BAC");
//! assert_eq!(line.raw(), b"IMB/09122/X/0001;09122;DU BAC;12B\r\n");
//!
//! let mut sentences = Vec::new();
//! lint(file.as_bytes(), LintOptions::default(), &mut |finding| {
//!     if finding.line.is_some() {
//!         sentences.push(finding.sentence());
//!     }
//! })?;
//! assert_eq!(sentences, ["The street number 12B contains its suffix, which has its own column: 12;B."]);
//! # Ok::<(), epissure_ipe::ReadError>(())
//! ```
//!
//! # Where to look
//!
//! | for | see |
//! |---|---|
//! | the columns: names, forms, obligations, correction keys | [`columns`] |
//! | reading lines, with their bytes | [`IpeReader`], [`Line`], [`Header`], [`TableReader`] |
//! | zip with several members, gzip | [`TableArchive`] |
//! | publishing lines and changed cells | [`IpeWriter`], [`change_line`], [`new_line`], [`CellProblem`] |
//! | file names, and the zone that they tell | [`IpeFileName`], [`published_name`], [`zone_of`] |
//! | rules and findings | [`lint`](mod@lint) |
//! | differences of two files | [`delta`] |
//! | corrections of closed tickets | [`corrections`] |
//! | coordinate systems | [`projections`] |
//! | street names, numbers, suffixes | [`address`] |
//! | BAN, BAL and Arcep files | [`sources`] |
//! | matching lines with addresses | [`matching`] |
//! | invented files with planted faults | [`sample`] |
//!
//! # Bounds
//!
//! Files come from partners. Readers use a buffer that grows to the longest line, [`MAX_LINE`] at
//! most; archives inflate within [`ArchiveLimits`]; rules on whole files and differences use 32
//! bytes a line at most. The work on a line is linear in its length.
//!
//! # Sources
//!
//! Interop'Fibre's *PM* protocol v2 as public code quotes it; the Interop contract AnomalieAdresse
//! 2.0.0; Arcep's and the BAN's published formats; IGN and EPSG for coordinates. Each item names
//! its own.

pub mod address;
mod archive;
pub mod columns;
pub mod corrections;
pub mod delta;
mod encoding;
mod formats;
mod header;
mod line;
pub mod lint;
pub mod matching;
mod names;
pub mod projections;
mod reading;
pub mod sample;
pub mod sources;
mod split;
mod values;
mod writing;

pub use archive::{ArchiveError, ArchiveLimits, ArchiveMember, TableArchive};
pub use columns::IpeColumn;
pub use encoding::{RowEncoding, repair_mojibake};
pub use formats::{ArcepYear, BalVersion, FileFormat, IpeLayout};
pub use header::Header;
pub use line::{Line, LineEnd, LineFault};
pub use names::{IpeFileName, PublishedKind, published_name, zone_of};
pub use reading::{IpeReader, MAX_LINE, ReadError, TableReader};
pub use values::{BuildingState, format_day, parse_day, parse_decimal};
pub use writing::{CellChange, CellProblem, IpeWriter, LineStyle, WriteError, change_line, new_line};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
