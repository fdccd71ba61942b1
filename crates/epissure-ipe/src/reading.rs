//! Reading a delimited file line by line, in memory that does not depend on its size.

use std::io::{self, Read, Seek, SeekFrom};

use memchr::{memchr, memchr_iter};

use crate::columns::IpeColumn;
use crate::encoding::RowEncoding;
use crate::header::{Header, starts_with_declaration};
use crate::line::{Line, LineEnd, LineFault};
use crate::split::{Closing, Span, closing, split};

/// Longest line, in bytes. A file without line ends is no IPE file.
pub const MAX_LINE: usize = 1 << 20;
/// Bytes within which a quoted cell that contains line ends must close.
const MAX_JOINED: usize = 64 << 10;
const FIRST_BUFFER: usize = 256 << 10;

/// The reason why a file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The source failed.
    #[error("The file cannot be read: {0}.")]
    Io(#[from] io::Error),
    /// No byte, or nothing but line ends.
    #[error("The file is empty: its first line must hold the names of the columns.")]
    Empty,
    /// UTF-16, as spreadsheets write "Unicode text".
    #[error("The file is in UTF-16: save it as CSV in UTF-8.")]
    Utf16,
    /// A NUL byte in the header: a spreadsheet, an archive or another binary file.
    #[error("The file is not text: give the CSV file itself, a zip of CSV files, or a gzip of one.")]
    Binary,
    /// Two names of the header are the same.
    #[error("The column {name} stands twice in the header: remove or rename one.")]
    DuplicateColumn {
        /// The name, as the header spells it first.
        name: String,
    },
    /// More columns than any file has.
    #[error("The header has {found} columns: {most} at most are read.")]
    TooManyColumns {
        /// Columns of the header.
        found: usize,
        /// Most that are read.
        most: usize,
    },
    /// The header of an IPE file names no building identifier.
    #[error("The header has no column IdentifiantImmeuble: give an IPE file with its line of names.")]
    MissingIdentifier,
    /// A column without which a reference file has no use.
    #[error("The header has no column {name}: give the file as its publisher distributes it.")]
    MissingColumn {
        /// The name that is expected.
        name: &'static str,
    },
    /// A line that never ends.
    #[error("Line {number} is longer than {MAX_LINE} bytes: a line end or a closing quote is missing.")]
    LineTooLong {
        /// Number of the line, from 1.
        number: u64,
    },
}

/// Reads any delimited file with a header: IPE, Arcep, BAN or BAL.
///
/// The header's bytes and the lines' bytes, one after the other, are the file's bytes: nothing is
/// dropped or altered.
#[derive(Debug)]
pub struct TableReader<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    exhausted: bool,
    terminator: u8,
    header: Header,
    spans: Vec<Span>,
    spare: Vec<Span>,
    /// Number of the next line, 0 when lines are read out of order, and bytes before it.
    number: u64,
    offset: u64,
}

impl<R: Read> TableReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`ReadError`], when the file is empty, not text, or its header is ambiguous.
    pub fn new(source: R) -> Result<Self, ReadError> {
        let mut reader = Self {
            source,
            buffer: vec![0; FIRST_BUFFER],
            start: 0,
            end: 0,
            exhausted: false,
            terminator: b'\n',
            header: Header::parse(b"")?,
            spans: Vec::new(),
            spare: Vec::new(),
            number: 1,
            offset: 0,
        };
        while reader.end < 4 && !reader.exhausted {
            reader.fill()?;
        }
        match reader.rest() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [_, 0, _, 0, ..] | [0, _, 0, _, ..] => {
                return Err(ReadError::Utf16);
            }
            _ => {}
        }
        while memchr(b'\n', reader.rest()).is_none() && reader.end < MAX_LINE && !reader.exhausted {
            reader.fill()?;
        }
        if memchr(b'\n', reader.rest()).is_none() && memchr(b'\r', reader.rest()).is_some() {
            reader.terminator = b'\r';
        }
        let mut length = reader.find_end(0)?.ok_or(ReadError::Empty)?;
        if starts_with_declaration(&reader.rest()[..length]) {
            length = reader.find_end(length)?.ok_or(ReadError::Empty)?;
        }
        let raw = &reader.rest()[..length];
        if memchr(0, raw).is_some() {
            return Err(ReadError::Binary);
        }
        let header = Header::parse(raw)?;
        if header.width() == 0 {
            return Err(ReadError::Empty);
        }
        reader.number += memchr_iter(reader.terminator, raw).count() as u64;
        reader.start += length;
        reader.offset = length as u64;
        reader.header = header;
        Ok(reader)
    }

    /// Reads lines of a file whose header is known, out of order: [`TableReader::jump`] comes
    /// first.
    pub(crate) fn resume(source: R, header: Header, terminator: u8) -> Self {
        Self {
            source,
            buffer: vec![0; MAX_JOINED],
            start: 0,
            end: 0,
            exhausted: false,
            terminator,
            header,
            spans: Vec::new(),
            spare: Vec::new(),
            number: 0,
            offset: u64::MAX,
        }
    }

    /// Goes to the line at `offset`, without a read when the line is at hand.
    pub(crate) fn jump(&mut self, offset: u64) -> Result<(), ReadError>
    where
        R: Seek,
    {
        let first = self.offset.wrapping_sub(self.start as u64);
        match offset.checked_sub(first).and_then(|distance| usize::try_from(distance).ok()) {
            Some(distance) if distance < self.end => self.start = distance,
            _ => {
                self.source.seek(SeekFrom::Start(offset))?;
                (self.start, self.end, self.exhausted) = (0, 0, false);
            }
        }
        (self.offset, self.number) = (offset, 0);
        Ok(())
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn terminator(&self) -> u8 {
        self.terminator
    }

    /// The next line, or `None` at the end of the file.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`] and [`ReadError::LineTooLong`]; a line that is no row is a [`LineFault`]
    /// of that line.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        let Some(mut length) = self.find_end(0)? else { return Ok(None) };
        let separator = self.header.separator();
        let mut lines = 1;
        let mut end = LineEnd::of(&self.rest()[..length], self.terminator);
        let content = &self.buffer[self.start..self.start + length - end.bytes().len()];
        let mut fault = None;
        if let Some(open) = split(content, separator, &mut self.spans) {
            if let Some(joined) = self.join(open, length)? {
                length = joined;
                let raw = &self.buffer[self.start..self.start + length];
                end = LineEnd::of(raw, self.terminator);
                lines = memchr_iter(self.terminator, raw).count().max(1);
                split(&raw[..length - end.bytes().len()], separator, &mut self.spans);
            } else {
                fault = Some(LineFault::UnbalancedQuote);
            }
        }
        let raw = &self.buffer[self.start..self.start + length];
        let fault = fault.or_else(|| fault_of(raw, &self.spans, self.header.width()));
        let (encoding, decoded) = RowEncoding::read(raw);
        let line = Line {
            raw,
            spans: &self.spans,
            header: &self.header,
            number: self.number,
            offset: self.offset,
            end,
            encoding,
            decoded,
            fault,
        };
        self.start += length;
        self.offset += length as u64;
        self.number += if self.number == 0 { 0 } else { lines as u64 };
        Ok(Some(line))
    }

    /// The length of the record that starts here with a quoted cell over several lines, when that
    /// reading gives the header's number of cells. A first line that has this number by itself,
    /// followed by another that has it, is a row with a stray quote and not the start of such a
    /// record.
    fn join(&mut self, open: usize, first: usize) -> Result<Option<usize>, ReadError> {
        while self.rest().len() < MAX_JOINED && !self.exhausted {
            self.fill()?;
        }
        let (separator, terminator) = (self.header.separator(), self.terminator);
        let rest = &self.buffer[self.start..self.end];
        let window = &rest[..rest.len().min(MAX_JOINED)];
        let next_end = |from: usize| memchr(terminator, &window[from..]).map(|found| from + found + 1);
        let mut open = open;
        let length = loop {
            let Closing::At(closed) = closing(window, open, separator) else { return Ok(None) };
            let Some(end) = next_end(closed).or_else(|| (window.len() == rest.len()).then_some(rest.len()))
            else {
                return Ok(None);
            };
            let content = &window[..end - LineEnd::of(&window[..end], terminator).bytes().len()];
            match split(content, separator, &mut self.spare) {
                Some(again) => open = again,
                None => break end,
            }
        };
        if fault_of(&window[..length], &self.spare, self.header.width()).is_some() {
            return Ok(None);
        }
        let second = next_end(first).unwrap_or(window.len());
        let mut stands_alone = |from: usize, to: usize| {
            let raw = &window[from..to];
            let content = &raw[..raw.len() - LineEnd::of(raw, terminator).bytes().len()];
            split(content, separator, &mut self.spare);
            fault_of(content, &self.spare, self.header.width()).is_none()
        };
        let two_rows = stands_alone(0, first) && stands_alone(first, second);
        Ok((!two_rows).then_some(length))
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The length of the record up to and with the first line end at or after `from`, or up to the
    /// end of the file.
    fn find_end(&mut self, from: usize) -> Result<Option<usize>, ReadError> {
        let mut from = from;
        loop {
            let rest = &self.buffer[self.start + from..self.end];
            if let Some(found) = memchr(self.terminator, rest) {
                return Ok(Some(from + found + 1));
            }
            from = self.end - self.start;
            if self.exhausted {
                return Ok((from > 0).then_some(from));
            }
            if from > MAX_LINE {
                return Err(ReadError::LineTooLong { number: self.number });
            }
            self.fill()?;
        }
    }

    /// Reads more bytes behind those at hand.
    fn fill(&mut self) -> Result<(), ReadError> {
        if self.end == self.buffer.len() {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                (self.start, self.end) = (0, self.end - self.start);
            } else {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.exhausted = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            }
            return Ok(());
        }
    }
}

fn fault_of(raw: &[u8], spans: &[Span], width: usize) -> Option<LineFault> {
    let empty = |span: &Span| span.start == span.end;
    let found = spans.len();
    if found == width || (found > width && spans[width..].iter().all(empty)) {
        // A file of one column has no separator to tell an empty cell from an empty line.
        return (width == 1 && is_blank(raw)).then_some(LineFault::Blank);
    }
    if is_blank(raw) {
        return Some(LineFault::Blank);
    }
    Some(LineFault::Width { found, expected: width })
}

fn is_blank(raw: &[u8]) -> bool {
    raw.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b',' | 0x1a))
}

/// Reads an IPE file: a [`TableReader`] whose header has `IdentifiantImmeuble`.
///
/// ```
/// use epissure_ipe::{IpeColumn, IpeReader};
///
/// let file = "IdentifiantImmeuble;CommuneImmeuble\r\nIMB/09122/X/0001;FOIX\r\n";
/// let mut reader = IpeReader::new(file.as_bytes())?;
/// while let Some(line) = reader.next_line()? {
///     assert_eq!(line.text(IpeColumn::CommuneImmeuble), "FOIX");
/// }
/// # Ok::<(), epissure_ipe::ReadError>(())
/// ```
#[derive(Debug)]
pub struct IpeReader<R>(TableReader<R>);

impl<R: Read> IpeReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`ReadError`], when the file is empty, not text, its header is ambiguous or names no
    /// `IdentifiantImmeuble`.
    pub fn new(source: R) -> Result<Self, ReadError> {
        let reader = TableReader::new(source)?;
        if reader.header().position(IpeColumn::IdentifiantImmeuble).is_none() {
            return Err(ReadError::MissingIdentifier);
        }
        Ok(Self(reader))
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.0.header()
    }

    /// The next line, or `None` at the end of the file.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`] and [`ReadError::LineTooLong`]; a line that is no row is a [`LineFault`]
    /// of that line.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        self.0.next_line()
    }

    pub(crate) fn terminator(&self) -> u8 {
        self.0.terminator()
    }
}
