//! Input of a check: a seekable file and its length.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Operations that a checked file must support.
pub(crate) trait Medium: Read + Seek {}

impl<F: Read + Seek> Medium for F {}

const BUFFER_BYTES: usize = 16 * 1024;

/// File read in pieces, with its length.
pub(crate) struct Input<'a> {
    medium: &'a mut dyn Medium,
    length: u64,
}

/// Buffered reader of a byte range.
pub(crate) type Part<'a> = BufReader<io::Take<&'a mut dyn Medium>>;

impl<'a> Input<'a> {
    pub(crate) fn new(medium: &'a mut dyn Medium) -> io::Result<Input<'a>> {
        let length = medium.seek(SeekFrom::End(0))?;
        Ok(Input { medium, length })
    }

    /// Returns the length, in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Returns a reader from an offset to the end.
    pub(crate) fn from(&mut self, place: u64) -> io::Result<Part<'_>> {
        self.part(place, u64::MAX)
    }

    /// Returns a reader of at most `length` bytes from an offset.
    pub(crate) fn part(&mut self, place: u64, length: u64) -> io::Result<Part<'_>> {
        self.medium.seek(SeekFrom::Start(place))?;
        let medium: &mut dyn Medium = &mut *self.medium;
        Ok(BufReader::with_capacity(BUFFER_BYTES, medium.take(length)))
    }

    /// Returns the last bytes, at most `bytes` of them, and their offset.
    pub(crate) fn tail(&mut self, bytes: u64) -> io::Result<(u64, Vec<u8>)> {
        let start = self.length.saturating_sub(bytes);
        let mut tail = Vec::new();
        self.part(start, bytes)?.read_to_end(&mut tail)?;
        Ok((start, tail))
    }
}

/// Integer fields of archives and pictures; a slice that is too short means a truncated file.
pub(crate) trait Fields {
    fn u16_le(&self, at: usize) -> io::Result<u16>;
    fn u32_le(&self, at: usize) -> io::Result<u32>;
    fn u64_le(&self, at: usize) -> io::Result<u64>;
    fn u32_be(&self, at: usize) -> io::Result<u32>;
}

impl Fields for [u8] {
    fn u16_le(&self, at: usize) -> io::Result<u16> {
        array(self, at).map(u16::from_le_bytes)
    }

    fn u32_le(&self, at: usize) -> io::Result<u32> {
        array(self, at).map(u32::from_le_bytes)
    }

    fn u64_le(&self, at: usize) -> io::Result<u64> {
        array(self, at).map(u64::from_le_bytes)
    }

    fn u32_be(&self, at: usize) -> io::Result<u32> {
        array(self, at).map(u32::from_be_bytes)
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> io::Result<[u8; N]> {
    let field = bytes.get(at..).and_then(|rest| rest.first_chunk());
    field.copied().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
