//! The directory of a ZIP archive (APPNOTE 6.3.10), read with bounds and believed in nothing.
//!
//! Formats on top of ZIP are read here as their strictest readers would: the parts follow each other without gap or
//! overlap from the first byte to the directory, which the end of the file follows. So nothing can hide between
//! parts, before or behind them, and readers that go by local headers see what those see that go by the directory.

use std::collections::HashSet;
use std::io::Read;

use super::input::{Fields, Input};
use crate::limits::{ARCHIVE_ENTRIES, Budget};
use crate::verdict::{Reason, Stop};

/// A part of an archive, whose headers agree.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// As it stands in the archive, in UTF-8: Office and OpenDocument write no other.
    pub(crate) name: String,
    /// Deflated, or stored.
    pub(crate) deflated: bool,
    /// Where its data begin.
    pub(crate) data: u64,
    /// How many bytes those are.
    pub(crate) compressed: u64,
    /// How many bytes come out.
    pub(crate) size: u64,
    /// CRC-32 of those.
    pub(crate) crc: u32,
    /// Whether its local header has an extra field, which ODF forbids for the first.
    pub(crate) local_extra: bool,
    header: u64,
    /// Of the directory.
    flags: u16,
    /// Its checksum and sizes stand behind its data once more.
    has_descriptor: bool,
    method: u16,
}

impl Entry {
    /// A folder: it has a name and nothing else.
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

/// Line ends that transfers by line leave behind a file, at most.
const LINE_ENDS: u64 = 8;

const NAME_BYTES: usize = 255;
const FLAG_ENCRYPTED: u16 = 1;
const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_STRONG_ENCRYPTION: u16 = 1 << 6;
const FLAG_MASKED_HEADERS: u16 = 1 << 13;
const EXTRA_64: u16 = 1;

/// Flags that may differ between the two headers of a part: how hard it was compressed, whether sizes follow the data,
/// whether the name is UTF-8 (names are read as such in any case).
const FLAGS_OF_WRITERS: u16 = 1 << 1 | 1 << 2 | FLAG_DESCRIPTOR | 1 << 11;

/// The parts, in the order they stand in the file, once all that is said of them holds and fits the budget.
pub(crate) fn entries(input: &mut Input<'_>, budget: &mut Budget) -> Result<Vec<Entry>, Stop> {
    let directory = directory(input)?;
    let mut entries = central(input, &directory)?;
    for entry in &entries {
        // Before anything is inflated: what is honest about being too much ends here.
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

/// Where the directory is, from the end of the file.
fn directory(input: &mut Input<'_>) -> Result<Directory, Stop> {
    let (start, mut tail) = input.tail(END_BYTES + LOCATOR_64_BYTES + END_64_BYTES + LINE_ENDS)?;
    // The record ends with zeros, so that no line end is a part of it.
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

/// A small field is the large one, or says by all ones to look there.
fn agree(small: u64, large: u64, ones: u64) -> bool {
    small == ones || small == large
}

/// Why the end of the directory is not the end of the file.
fn behind_the_end(input: &mut Input<'_>) -> Result<Reason, Stop> {
    let (_, tail) = input.tail(END_BYTES + u64::from(u16::MAX))?;
    let whole = super::magic::occurrences(&tail, END).any(|at| tail.len() - at >= END_BYTES as usize);
    Ok(if whole { Reason::Trailing } else { Reason::Truncated })
}

/// The records of the directory.
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
        // Office finds its parts whatever their case.
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
        // Some writers give the method of all parts to an empty one, and not a byte.
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

/// A name that stays in the archive's own tree.
fn is_inside(name: &str) -> bool {
    let parts = name.strip_suffix('/').unwrap_or(name).split('/');
    let mut parts = parts.map(|part| !matches!(part, "" | "." | ".."));
    parts.all(|good| good) && !name.contains(':') && !name.chars().any(char::is_control)
}

/// The local header: what it says is what the directory says.
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
    // Where the values follow the data, any of them may be left out here.
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

/// What stands between the data and the next part: nothing, or the sizes once more where the header left them out.
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

/// The values of the ZIP64 extra field, in the order of the fields that send there.
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

/// The file is long enough, but the part that says so is not.
fn inside(error: std::io::Error) -> Stop {
    match Stop::from(error) {
        Stop::Rejected(_) => Reason::Archive.into(),
        stop => stop,
    }
}
