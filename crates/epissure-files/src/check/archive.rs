//! Reader of the directory of a ZIP archive (APPNOTE 6.3.10), with bounds and without trust in its
//! fields.
//!
//! Formats based on ZIP are read as their strictest readers do. The parts follow each other without
//! gap or overlap from the first byte to the directory, which ends the file. Nothing can thus be
//! hidden between, before or after parts. Readers of local headers see the same parts as readers of
//! the directory.

use std::collections::HashSet;
use std::io::Read;

use super::input::{Fields, Input};
use crate::limits::{ARCHIVE_ENTRIES, Budget};
use crate::verdict::{Reason, Stop};

/// Part of an archive, whose local and central headers agree.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Name as written in the archive, in UTF-8: Office and OpenDocument write no other encoding.
    pub(crate) name: String,
    /// True for deflated data, false for stored data.
    pub(crate) deflated: bool,
    /// Offset of the data, in bytes from the start of the file.
    pub(crate) data: u64,
    /// Size of the compressed data, in bytes.
    pub(crate) compressed: u64,
    /// Size of the uncompressed data, in bytes.
    pub(crate) size: u64,
    /// CRC-32 of the uncompressed data.
    pub(crate) crc: u32,
    /// True when the local header has an extra field, which ODF forbids for the first part.
    pub(crate) local_extra: bool,
    header: u64,
    /// Flags in the directory.
    flags: u16,
    /// True when the checksum and sizes are repeated after the data.
    has_descriptor: bool,
    method: u16,
}

impl Entry {
    /// Returns true for a folder, which has a name and no data.
    pub(crate) fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }
}

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";

const LOCAL_BYTES: u64 = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: u64 = 22;
const END_64_BYTES: u64 = 56;
const LOCATOR_64_BYTES: u64 = 20;

/// Maximum number of line ends after the archive, added by line-based transfers.
const LINE_ENDS: u64 = 8;

const NAME_BYTES: usize = 255;
const FLAG_ENCRYPTED: u16 = 1;
const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_STRONG_ENCRYPTION: u16 = 1 << 6;
const FLAG_MASKED_HEADERS: u16 = 1 << 13;
const EXTRA_64: u16 = 1;

/// Flags that may differ between the two headers of a part: the compression level, the data
/// descriptor, the UTF-8 name (names are always read as UTF-8).
const FLAGS_OF_WRITERS: u16 = 1 << 1 | 1 << 2 | FLAG_DESCRIPTOR | 1 << 11;

/// Returns the parts in file order, after checking their headers and the budget.
pub(crate) fn entries(input: &mut Input<'_>, budget: &mut Budget) -> Result<Vec<Entry>, Stop> {
    let directory = directory(input)?;
    let mut entries = central(input, &directory)?;
    for entry in &entries {
        // Charged before any inflation, so a declared excess is rejected here.
        budget.spend(entry.size)?;
    }
    entries.sort_by_key(|entry| entry.header);
    let mut place = 0;
    for index in 0..entries.len() {
        let next = entries.get(index + 1).map_or(directory.start, |next| next.header);
        let entry = &mut entries[index];
        if entry.header != place {
            return Err(Reason::Archive.into());
        }
        local(input, entry)?;
        let end =
            entry.data.checked_add(entry.compressed).filter(|end| *end <= next).ok_or(Reason::Archive)?;
        descriptor(input, entry, end, next - end)?;
        place = next;
    }
    if place == directory.start { Ok(entries) } else { Err(Reason::Archive.into()) }
}

struct Directory {
    start: u64,
    size: u64,
    count: u64,
}

/// Locates the directory from the end of the file.
fn directory(input: &mut Input<'_>) -> Result<Directory, Stop> {
    let (start, mut tail) = input.tail(END_BYTES + LOCATOR_64_BYTES + END_64_BYTES + LINE_ENDS)?;
    // The record ends with zeros, so line ends after it are not a part of it.
    let line_ends = tail.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    if line_ends as u64 <= LINE_ENDS {
        tail.truncate(tail.len() - line_ends);
    }
    let at = tail.len().checked_sub(END_BYTES as usize).ok_or(Reason::Truncated)?;
    let end = &tail[at..];
    if !end.starts_with(END) || end.u16_le(20)? != 0 {
        return Err(behind_the_end(input)?.into());
    }
    let (disk, first_disk) = (end.u16_le(4)?, end.u16_le(6)?);
    let (here, count) = (end.u16_le(8)?, end.u16_le(10)?);
    let (size, offset) = (end.u32_le(12)?, end.u32_le(16)?);
    if (disk, first_disk) != (0, 0) || here != count {
        return Err(Reason::Archive.into());
    }
    let mut directory = Directory { start: offset.into(), size: size.into(), count: count.into() };
    let mut limit = start + at as u64;

    let locator = at.checked_sub(LOCATOR_64_BYTES as usize).map(|at| &tail[at..]);
    if let Some(locator) = locator.filter(|locator| locator.starts_with(LOCATOR_64)) {
        let record =
            tail.get(at.wrapping_sub((LOCATOR_64_BYTES + END_64_BYTES) as usize)..).ok_or(Reason::Archive)?;
        limit = limit.checked_sub(LOCATOR_64_BYTES + END_64_BYTES).ok_or(Reason::Archive)?;
        let real =
            Directory { start: record.u64_le(48)?, size: record.u64_le(40)?, count: record.u64_le(32)? };
        let consistent = record.starts_with(END_64)
            && locator.u64_le(8)? == limit
            && record.u64_le(4)? == END_64_BYTES - 12
            && record.u64_le(24)? == real.count
            && agree(offset.into(), real.start, u32::MAX.into())
            && agree(size.into(), real.size, u32::MAX.into())
            && agree(count.into(), real.count, u16::MAX.into());
        if !consistent {
            return Err(Reason::Archive.into());
        }
        directory = real;
    }
    if directory.count > ARCHIVE_ENTRIES {
        return Err(Reason::Bomb.into());
    }
    match directory.start.checked_add(directory.size) {
        Some(end) if end == limit => Ok(directory),
        _ => Err(Reason::Archive.into()),
    }
}

/// Returns true when a small field equals the large one, or is all ones, which refers to the large
/// one.
fn agree(small: u64, large: u64, ones: u64) -> bool {
    small == ones || small == large
}

/// Returns the reason why the file does not end with the directory's end record.
fn behind_the_end(input: &mut Input<'_>) -> Result<Reason, Stop> {
    let (_, tail) = input.tail(END_BYTES + u64::from(u16::MAX))?;
    let whole = super::magic::occurrences(&tail, END).any(|at| tail.len() - at >= END_BYTES as usize);
    Ok(if whole { Reason::Trailing } else { Reason::Truncated })
}

/// Reads the records of the directory.
fn central(input: &mut Input<'_>, directory: &Directory) -> Result<Vec<Entry>, Stop> {
    let mut reader = input.part(directory.start, directory.size)?;
    let mut entries = Vec::new();
    let mut names = HashSet::new();
    let mut record = [0; CENTRAL_BYTES];
    let mut extra = Vec::new();
    for _ in 0..directory.count {
        reader.read_exact(&mut record).map_err(inside)?;
        if !record.starts_with(CENTRAL) {
            return Err(Reason::Archive.into());
        }
        let (name, extras, comment) =
            (record.u16_le(28)?.into(), u64::from(record.u16_le(30)?), u64::from(record.u16_le(32)?));
        if name > NAME_BYTES {
            return Err(Reason::PartName.into());
        }
        let mut raw_name = vec![0; name];
        reader.read_exact(&mut raw_name).map_err(inside)?;
        extra.clear();
        (&mut reader).take(extras).read_to_end(&mut extra)?;
        let skipped = std::io::copy(&mut (&mut reader).take(comment), &mut std::io::sink())?;
        if extra.len() as u64 != extras || skipped != comment {
            return Err(Reason::Archive.into());
        }
        let entry = entry(&record, raw_name, &extra)?;
        // Office ignores the case of part names.
        if !names.insert(entry.name.to_lowercase()) {
            return Err(Reason::DuplicatePart.into());
        }
        entries.push(entry);
    }
    let left = std::io::copy(&mut reader, &mut std::io::sink())?;
    if left == 0 && !entries.is_empty() { Ok(entries) } else { Err(Reason::Archive.into()) }
}

fn entry(record: &[u8], raw_name: Vec<u8>, extra: &[u8]) -> Result<Entry, Stop> {
    let (flags, method) = (record.u16_le(8)?, record.u16_le(10)?);
    if flags & (FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION | FLAG_MASKED_HEADERS) != 0 {
        return Err(Reason::Encrypted.into());
    }
    if method != 0 && method != 8 {
        return Err(Reason::Uncheckable.into());
    }
    let mut large = Extra64::find(extra)?;
    let size = large.field(record.u32_le(24)?)?;
    let compressed = large.field(record.u32_le(20)?)?;
    let header = large.field(record.u32_le(42)?)?;
    let name = String::from_utf8(raw_name).map_err(|_| Reason::PartName)?;
    if name.contains('\\') {
        return Err(Reason::Backslash.into());
    }
    if !is_inside(&name) {
        return Err(Reason::PartName.into());
    }
    let entry = Entry {
        // Some writers declare an empty part as deflated, with no data.
        deflated: method == 8 && (compressed, size) != (0, 0),
        data: 0,
        compressed,
        size,
        crc: record.u32_le(16)?,
        local_extra: false,
        header,
        flags,
        has_descriptor: false,
        method,
        name,
    };
    let stored_wrongly = method == 0 && compressed != size;
    if stored_wrongly || (entry.is_folder() && size != 0) {
        return Err(Reason::Archive.into());
    }
    Ok(entry)
}

/// Returns true for a name that stays within the archive's tree.
fn is_inside(name: &str) -> bool {
    let parts = name.strip_suffix('/').unwrap_or(name).split('/');
    let mut parts = parts.map(|part| !matches!(part, "" | "." | ".."));
    parts.all(|good| good) && !name.contains(':') && !name.chars().any(char::is_control)
}

/// Checks that the local header agrees with the directory.
fn local(input: &mut Input<'_>, entry: &mut Entry) -> Result<(), Stop> {
    let mut reader = input.from(entry.header)?;
    let mut header = [0; LOCAL_BYTES as usize];
    reader.read_exact(&mut header).map_err(inside)?;
    let (name, extras) = (u64::from(header.u16_le(26)?), u64::from(header.u16_le(28)?));
    let mut raw_name = Vec::new();
    (&mut reader).take(name).read_to_end(&mut raw_name)?;
    let mut extra = Vec::new();
    (&mut reader).take(extras).read_to_end(&mut extra)?;

    let mut large = Extra64::find(&extra)?;
    let size = large.field(header.u32_le(22)?)?;
    let compressed = large.field(header.u32_le(18)?)?;
    let flags = header.u16_le(6)?;
    entry.has_descriptor = flags & FLAG_DESCRIPTOR != 0;
    // With a data descriptor, the local header may leave any of these values at zero.
    let said = |here: u64, there: u64| here == there || (entry.has_descriptor && here == 0);
    let same = said(header.u32_le(14)?.into(), entry.crc.into())
        && said(compressed, entry.compressed)
        && said(size, entry.size);
    let consistent = header.starts_with(LOCAL)
        && raw_name == entry.name.as_bytes()
        && extra.len() as u64 == extras
        && (flags ^ entry.flags) & !FLAGS_OF_WRITERS == 0
        && header.u16_le(8)? == entry.method
        && same;
    if !consistent {
        return Err(Reason::Archive.into());
    }
    entry.local_extra = extras != 0;
    entry.data = entry.header + LOCAL_BYTES + name + extras;
    Ok(())
}

/// Checks the bytes between the data and the next part: none, or a data descriptor if the header
/// announced one.
fn descriptor(input: &mut Input<'_>, entry: &Entry, place: u64, bytes: u64) -> Result<(), Stop> {
    if !entry.has_descriptor {
        return if bytes == 0 { Ok(()) } else { Err(Reason::Archive.into()) };
    }
    let (signed, wide) = match bytes {
        12 => (false, false),
        16 => (true, false),
        20 => (false, true),
        24 => (true, true),
        _ => return Err(Reason::Archive.into()),
    };
    let mut descriptor = Vec::new();
    input.part(place, bytes)?.read_to_end(&mut descriptor)?;
    let fields = descriptor.strip_prefix(if signed { DESCRIPTOR } else { b"" }).ok_or(Reason::Archive)?;
    let said = if wide {
        (fields.u32_le(0)?, fields.u64_le(4)?, fields.u64_le(12)?)
    } else {
        (fields.u32_le(0)?, fields.u32_le(4)?.into(), fields.u32_le(8)?.into())
    };
    if said == (entry.crc, entry.compressed, entry.size) { Ok(()) } else { Err(Reason::Archive.into()) }
}

/// Values of the ZIP64 extra field, in the order of the fields that refer to them.
struct Extra64<'a>(&'a [u8]);

impl Extra64<'_> {
    fn find(mut extra: &[u8]) -> Result<Extra64<'_>, Stop> {
        while extra.len() >= 4 {
            let (kind, length) = (extra.u16_le(0)?, usize::from(extra.u16_le(2)?));
            let value = extra.get(4..4 + length).ok_or(Reason::Archive)?;
            if kind == EXTRA_64 {
                return Ok(Extra64(value));
            }
            extra = &extra[4 + length..];
        }
        Ok(Extra64(&[]))
    }

    fn field(&mut self, small: u32) -> Result<u64, Stop> {
        if small != u32::MAX {
            return Ok(small.into());
        }
        let (value, rest) = self.0.split_first_chunk().ok_or(Reason::Archive)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*value))
    }
}

/// Maps a read past the end to a malformed archive: the file is long enough, but the part is not.
fn inside(error: std::io::Error) -> Stop {
    match Stop::from(error) {
        Stop::Rejected(_) => Reason::Archive.into(),
        stop => stop,
    }
}
