//! Publishing a file: lines as they were, corrected cells in the manner of their line.

use std::io::{self, Write};

use crate::columns::{ColumnKind, IpeColumn};
use crate::encoding::RowEncoding;
use crate::header::Header;
use crate::line::{Line, LineEnd};
use crate::split::split;

/// A cell to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellChange {
    /// The column.
    pub column: IpeColumn,
    /// The new text; empty to blank the cell.
    pub value: String,
}

/// The reason why a cell cannot hold a value. A person must decide.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CellProblem {
    /// The file has no such column, and adding one breaks its readers, which count columns.
    #[error("The file has no column {column}: add it by agreement with the operators that read the file.")]
    NoColumn {
        /// The column.
        column: IpeColumn,
    },
    /// The line has no such cell.
    #[error("The line is not a row of the file: correct it in the source file.")]
    NotARow,
    /// The separator of the file.
    #[error("The value for {column} contains the separator {separator:?}: write it otherwise.")]
    Separator {
        /// The column.
        column: IpeColumn,
        /// The separator.
        separator: char,
    },
    /// A double quote: most readers of IPE files do not interpret quotes.
    #[error("The value for {column} contains a double quote: write it without.")]
    Quote {
        /// The column.
        column: IpeColumn,
    },
    /// A line end, a tab or another control character.
    #[error("The value for {column} contains a line end or a control character: write it on one line.")]
    Control {
        /// The column.
        column: IpeColumn,
    },
    /// A first character that makes a spreadsheet compute the cell.
    #[error(
        "The value for {column} starts with {first:?}, which spreadsheets read as a formula: write it otherwise."
    )]
    Formula {
        /// The column.
        column: IpeColumn,
        /// The first character.
        first: char,
    },
    /// A character that the line's encoding lacks.
    #[error(
        "The value for {column} contains {character:?}, which {encoding} cannot write: use another character."
    )]
    Encoding {
        /// The column.
        column: IpeColumn,
        /// The character.
        character: char,
        /// The encoding of the line.
        encoding: RowEncoding,
    },
    /// A cell of the row contains line ends: readers disagree on where such a row ends.
    #[error("The row extends over several lines: correct it in the source file.")]
    SeveralLines,
    /// Another cell of the line has a stray quote, and the change would move the limits of cells.
    #[error(
        "The line has a stray double quote, so {column} cannot change safely: correct it in the source file."
    )]
    StrayQuote {
        /// The column.
        column: IpeColumn,
    },
    /// Written in the line's encoding, the value would be read as other text.
    #[error(
        "The value for {column} would be read as other characters in this line: write it without accents."
    )]
    Ambiguous {
        /// The column.
        column: IpeColumn,
    },
}

/// The manner of a new line: that of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineStyle {
    /// Encoding of characters beyond ASCII; also for lines that have none yet.
    pub encoding: RowEncoding,
    /// Line end of a new line.
    pub end: LineEnd,
    /// Separators after the last cell.
    pub trailing: usize,
}

impl LineStyle {
    /// The style of a file by its header, before its first line: UTF-8, the header's line end and
    /// separators.
    #[must_use]
    pub fn of_header(header: &Header) -> Self {
        let raw = header.raw();
        let end = LineEnd::of(raw, if raw.ends_with(b"\r") { b'\r' } else { b'\n' });
        Self { encoding: RowEncoding::Utf8, end, trailing: header.trailing() }
    }

    /// Follows a line: later new lines resemble the last row that was seen.
    pub fn follow(&mut self, line: &Line<'_>) {
        if line.fault().is_some() {
            return;
        }
        if line.encoding() != RowEncoding::Ascii {
            self.encoding = line.encoding();
        }
        if line.end() != LineEnd::None {
            self.end = line.end();
        }
        self.trailing = line.width() - line.header().width();
    }
}

/// Writes an IPE file.
///
/// ```
/// use epissure_ipe::{CellChange, IpeColumn, IpeReader, IpeWriter};
///
/// let file = "IdentifiantImmeuble;CommuneImmeuble;Note\r\nIMB/09122/X/0001;FOIS; lu \r\n";
/// let mut reader = IpeReader::new(file.as_bytes())?;
/// let mut writer = IpeWriter::new(Vec::new(), reader.header())?;
/// let change = CellChange { column: IpeColumn::CommuneImmeuble, value: "FOIX".to_owned() };
/// while let Some(line) = reader.next_line()? {
///     writer.write_changed(&line, std::slice::from_ref(&change))?;
/// }
/// assert_eq!(writer.finish()?, file.replace("FOIS", "FOIX").as_bytes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct IpeWriter<W> {
    out: W,
    style: LineStyle,
    scratch: Vec<u8>,
    /// True if the bytes so far end in a line end.
    closed: bool,
}

/// The reason why a line was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The destination failed.
    #[error("The file cannot be written: {0}.")]
    Io(#[from] io::Error),
    /// A cell cannot hold its new value. Nothing of the line was written.
    #[error(transparent)]
    Cell(#[from] CellProblem),
}

impl<W: Write> IpeWriter<W> {
    /// Writes a header as it was read.
    ///
    /// # Errors
    ///
    /// The destination's.
    pub fn new(mut out: W, header: &Header) -> io::Result<Self> {
        out.write_all(header.raw())?;
        let style = LineStyle::of_header(header);
        Ok(Self { out, style, scratch: Vec::new(), closed: style.end != LineEnd::None })
    }

    /// Writes a line as it was read.
    ///
    /// # Errors
    ///
    /// The destination's.
    pub fn write_line(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.style.follow(line);
        self.closed = line.end() != LineEnd::None;
        self.out.write_all(line.raw())
    }

    /// Writes a line with changed cells; the other cells and the line end stay as they were.
    ///
    /// # Errors
    ///
    /// [`WriteError::Cell`] when a value cannot be carried: the caller decides what to write
    /// instead.
    pub fn write_changed(&mut self, line: &Line<'_>, changes: &[CellChange]) -> Result<(), WriteError> {
        self.style.follow(line);
        self.scratch.clear();
        change_line(line, changes, self.style.encoding, &mut self.scratch)?;
        self.closed = line.end() != LineEnd::None;
        self.out.write_all(&self.scratch)?;
        Ok(())
    }

    /// Writes a new line in the style of the lines before it: the given cells, the others empty.
    ///
    /// # Errors
    ///
    /// [`WriteError::Cell`] when a value cannot be carried.
    pub fn write_new(&mut self, header: &Header, cells: &[CellChange]) -> Result<(), WriteError> {
        self.scratch.clear();
        new_line(header, cells, self.style, &mut self.scratch)?;
        if !self.closed {
            let end = if self.style.end == LineEnd::None { LineEnd::Lf } else { self.style.end };
            self.out.write_all(end.bytes())?;
        }
        self.closed = self.style.end != LineEnd::None;
        self.out.write_all(&self.scratch)?;
        Ok(())
    }

    /// Flushes, and returns the destination.
    ///
    /// # Errors
    ///
    /// The destination's.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Appends a line with changed cells to `out`: each new value in the line's encoding (`fallback`
/// for a line in ASCII), between quotes where the old one was.
///
/// # Errors
///
/// The first [`CellProblem`], in the order of the changes; `out` is then as it was.
pub fn change_line(
    line: &Line<'_>,
    changes: &[CellChange],
    fallback: RowEncoding,
    out: &mut Vec<u8>,
) -> Result<(), CellProblem> {
    if changes.is_empty() {
        out.extend_from_slice(line.raw());
        return Ok(());
    }
    if line.fault().is_some() {
        return Err(CellProblem::NotARow);
    }
    let content = &line.raw[..line.raw.len() - line.end.bytes().len()];
    if memchr::memchr2(b'\n', b'\r', content).is_some() {
        return Err(CellProblem::SeveralLines);
    }
    let header = line.header();
    let encoding = if line.encoding() == RowEncoding::Ascii { fallback } else { line.encoding() };
    let mut values = Vec::with_capacity(changes.len());
    for change in changes {
        let column = change.column;
        let position = header.position(column).ok_or(CellProblem::NoColumn { column })?;
        let bytes = cell_bytes(change, header.separator(), encoding)?;
        values.retain(|(other, ..): &(usize, _, _)| *other != position);
        values.push((position, change, bytes));
    }
    let begin = out.len();
    let mut copied = 0;
    values.sort_unstable_by_key(|(position, ..)| *position);
    for (position, _, bytes) in &values {
        let span = line.spans[*position];
        let (from, to) = (span.start as usize, span.end as usize);
        out.extend_from_slice(&line.raw[copied..from]);
        let quoted = line.is_quoted(&line.raw[from..to]);
        out.extend_from_slice(if quoted { b"\"" } else { b"" });
        out.extend_from_slice(bytes);
        out.extend_from_slice(if quoted { b"\"" } else { b"" });
        copied = to;
    }
    out.extend_from_slice(&line.raw[copied..]);
    // The encoding of the line as it now is decides how its cells are read.
    let now = RowEncoding::of(&out[begin..]);
    let misread = values.iter().find(|(_, change, bytes)| now.decode(bytes) != change.value);
    if let Some((_, change, _)) = misread {
        let column = change.column;
        out.truncate(begin);
        return Err(CellProblem::Ambiguous { column });
    }
    if memchr::memchr(b'"', line.raw).is_some() && !keeps_other_cells(line, &values, &out[begin..]) {
        out.truncate(begin);
        return Err(CellProblem::StrayQuote { column: values[0].1.column });
    }
    Ok(())
}

type Values<'a> = [(usize, &'a CellChange, std::borrow::Cow<'a, [u8]>)];

/// Returns whether the cells that did not change are cut from the new line as they were from the
/// old one.
fn keeps_other_cells(line: &Line<'_>, values: &Values<'_>, now: &[u8]) -> bool {
    let mut spans = Vec::new();
    let content = &now[..now.len() - line.end.bytes().len()];
    let open = split(content, line.header().separator(), &mut spans);
    let is_changed = |index: usize| values.iter().any(|(position, ..)| *position == index);
    open.is_none()
        && spans.len() == line.spans.len()
        && spans.iter().enumerate().all(|(index, span)| {
            is_changed(index) || Some(&now[span.start as usize..span.end as usize]) == line.cell_raw(index)
        })
}

/// Appends a new line to `out`: the given cells, the others empty.
///
/// # Errors
///
/// The first [`CellProblem`], in the order of the cells; `out` is then as it was.
pub fn new_line(
    header: &Header,
    cells: &[CellChange],
    style: LineStyle,
    out: &mut Vec<u8>,
) -> Result<(), CellProblem> {
    let begin = out.len();
    let mut values = vec![None; header.width()];
    for cell in cells {
        let column = cell.column;
        let position = header.position(column).ok_or(CellProblem::NoColumn { column })?;
        values[position] = Some((cell, cell_bytes(cell, header.separator(), style.encoding)?));
    }
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(header.separator());
        }
        out.extend_from_slice(value.as_ref().map_or(b"", |(_, bytes)| bytes));
    }
    out.extend(std::iter::repeat_n(header.separator(), style.trailing));
    out.extend_from_slice(style.end.bytes());
    let now = RowEncoding::of(&out[begin..]);
    let misread = values.iter().flatten().find(|(cell, bytes)| now.decode(bytes) != cell.value);
    if let Some((cell, _)) = misread {
        out.truncate(begin);
        return Err(CellProblem::Ambiguous { column: cell.column });
    }
    Ok(())
}

/// Returns whether a cell of a new line can hold a value.
pub(crate) fn check_cell(
    change: &CellChange,
    separator: u8,
    encoding: RowEncoding,
) -> Result<(), CellProblem> {
    cell_bytes(change, separator, encoding).map(|_| ())
}

/// The bytes of a value in a cell without quotes.
fn cell_bytes(
    change: &CellChange,
    separator: u8,
    encoding: RowEncoding,
) -> Result<std::borrow::Cow<'_, [u8]>, CellProblem> {
    let CellChange { column, value } = change;
    let column = *column;
    if value.contains(char::from(separator)) {
        return Err(CellProblem::Separator { column, separator: char::from(separator) });
    }
    if value.contains('"') {
        return Err(CellProblem::Quote { column });
    }
    if value
        .contains(|character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}'))
    {
        return Err(CellProblem::Control { column });
    }
    let computed = |first: &char| {
        matches!(first, '=' | '@')
            || (matches!(first, '+' | '-') && column.entry().kind != ColumnKind::Decimal)
    };
    if let Some(first) = value.trim_start().chars().next().filter(computed) {
        return Err(CellProblem::Formula { column, first });
    }
    encoding.encode(value).map_err(|character| CellProblem::Encoding { column, character, encoding })
}
