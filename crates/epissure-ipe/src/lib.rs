//! IPE files.
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
pub mod projections;
mod reading;
pub mod sample;
pub mod sources;
mod split;
mod values;
mod writing;

pub use archive::{Archive, ArchiveError, ArchiveLimits, Member};
pub use columns::IpeColumn;
pub use encoding::{RowEncoding, repair_mojibake};
pub use formats::{ArcepYear, BalVersion, FileFormat, IpeLayout};
pub use header::Header;
pub use line::{Line, LineEnd, LineFault};
pub use reading::{IpeReader, MAX_LINE, ReadError, TableReader};
pub use values::{BuildingState, format_day, parse_day, parse_decimal};
pub use writing::{CellChange, CellProblem, IpeWriter, LineStyle, WriteError, change_line, new_line};
