//! One line of a file: its bytes as they are, and its cells as text.

use std::borrow::Cow;

use crate::columns::IpeColumn;
use crate::encoding::RowEncoding;
use crate::header::Header;
use crate::split::{Closing, Span, closing};

/// The reason why a line is no row of its file. Its bytes are republished all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFault {
    /// Another number of cells than the header has names, empty cells at the end aside.
    Width {
        /// Cells of the line.
        found: usize,
        /// Names of the header.
        expected: usize,
    },
    /// A cell opens a quote that no other closes.
    UnbalancedQuote,
    /// Nothing but spaces and separators.
    Blank,
}

/// The characters that end a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineEnd {
    /// None: the last line of the file.
    None,
    /// `\n`.
    Lf,
    /// `\r\n`.
    CrLf,
    /// `\r`, where the whole file has no `\n`.
    Cr,
}

impl LineEnd {
    pub(crate) fn of(raw: &[u8], terminator: u8) -> Self {
        match raw {
            [.., b'\r', b'\n'] if terminator == b'\n' => Self::CrLf,
            [.., b'\n'] if terminator == b'\n' => Self::Lf,
            [.., b'\r'] if terminator == b'\r' => Self::Cr,
            _ => Self::None,
        }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::None => b"",
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::Cr => b"\r",
        }
    }
}

/// One line, borrowed from its reader.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    pub(crate) raw: &'a [u8],
    pub(crate) spans: &'a [Span],
    pub(crate) header: &'a Header,
    pub(crate) number: u64,
    pub(crate) offset: u64,
    pub(crate) end: LineEnd,
    pub(crate) encoding: RowEncoding,
    /// The whole line as text, unless it is in Windows-1252: its cells need no decoding of their
    /// own.
    pub(crate) decoded: Option<&'a str>,
    pub(crate) fault: Option<LineFault>,
}

impl<'a> Line<'a> {
    /// The bytes of the line in its file, line end included.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Number of the line in its file, from 1; the header has the first. 0 for a line that was read
    /// out of order.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Bytes before the line in its (inflated) file.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The line end.
    #[must_use]
    pub fn end(&self) -> LineEnd {
        self.end
    }

    /// The encoding of the line.
    #[must_use]
    pub fn encoding(&self) -> RowEncoding {
        self.encoding
    }

    /// The reason why the line is no row, if there is one.
    #[must_use]
    pub fn fault(&self) -> Option<LineFault> {
        self.fault
    }

    /// The header of the file.
    #[must_use]
    pub fn header(&self) -> &'a Header {
        self.header
    }

    /// Number of cells, empty ones at the end included.
    #[must_use]
    pub fn width(&self) -> usize {
        self.spans.len()
    }

    /// The bytes of the cell at `index`, quotes included.
    #[must_use]
    #[inline]
    pub fn cell_raw(&self, index: usize) -> Option<&'a [u8]> {
        self.spans.get(index).map(|span| &self.raw[span.start as usize..span.end as usize])
    }

    /// The bytes of the cell at `index` without the quotes around it. Doubled quotes stay doubled:
    /// [`Line::cell`] undoes them.
    #[must_use]
    #[inline]
    pub fn cell_bytes(&self, index: usize) -> Option<&'a [u8]> {
        let raw = self.cell_raw(index)?;
        Some(if self.is_quoted(raw) { &raw[1..raw.len() - 1] } else { raw })
    }

    /// The text of the cell at `index`: decoded, quotes undone, spaces kept.
    #[must_use]
    pub fn cell(&self, index: usize) -> Option<Cow<'a, str>> {
        let raw = self.cell_raw(index)?;
        let span = self.spans[index];
        if !self.is_quoted(raw) {
            return Some(self.decode(span));
        }
        let inner = self.decode(Span { start: span.start + 1, end: span.end - 1 });
        Some(if inner.contains("\"\"") { Cow::Owned(inner.replace("\"\"", "\"")) } else { inner })
    }

    fn decode(&self, span: Span) -> Cow<'a, str> {
        let range = span.start as usize..span.end as usize;
        // Cells end at ASCII characters, which are no parts of others.
        match self.decoded.and_then(|text| text.get(range.clone())) {
            Some(text) => Cow::Borrowed(text),
            None => self.encoding.decode(&self.raw[range]),
        }
    }

    /// The bytes of a column's cell without the quotes around it; empty when the file has no such
    /// column.
    #[must_use]
    #[inline]
    pub fn bytes(&self, column: IpeColumn) -> &'a [u8] {
        self.header.position(column).and_then(|index| self.cell_bytes(index)).unwrap_or_default()
    }

    /// The text of a column's cell; `None` when the file has no such column.
    #[must_use]
    pub fn get(&self, column: IpeColumn) -> Option<Cow<'a, str>> {
        self.header.position(column).and_then(|index| self.cell(index))
    }

    /// The text of a column's cell, spaces around it removed; empty when the file has no such
    /// column.
    #[must_use]
    pub fn text(&self, column: IpeColumn) -> Cow<'a, str> {
        match self.get(column) {
            Some(Cow::Borrowed(text)) => Cow::Borrowed(trimmed(text)),
            Some(Cow::Owned(text)) => Cow::Owned(text.trim().to_owned()),
            None => Cow::Borrowed(""),
        }
    }

    /// Returns whether the cell's bytes are wrapped in quotes that count as such.
    #[inline]
    pub(crate) fn is_quoted(&self, raw: &[u8]) -> bool {
        raw.first() == Some(&b'"') && self.closes_at_end(raw)
    }

    #[inline(never)]
    fn closes_at_end(&self, raw: &[u8]) -> bool {
        raw.len() >= 2 && closing(raw, 0, self.header.separator()) == Closing::At(raw.len())
    }
}

/// A text without spaces around it; most texts have none.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}
