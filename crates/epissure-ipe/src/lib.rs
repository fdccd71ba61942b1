//! IPE files.
mod archive;
pub mod columns;
mod encoding;
mod formats;
mod header;
mod line;
pub mod projections;
mod reading;
mod split;
mod writing;

pub use archive::{Archive, ArchiveError, ArchiveLimits, Member};
pub use columns::IpeColumn;
pub use encoding::{RowEncoding, repair_mojibake};
pub use formats::{ArcepYear, BalVersion, FileFormat, IpeLayout};
pub use header::Header;
pub use line::{Line, LineEnd, LineFault};
pub use reading::{IpeReader, MAX_LINE, ReadError, TableReader};
pub use writing::{CellChange, CellProblem, IpeWriter, LineStyle, WriteError, change_line, new_line};
