//! Data that telephones append to a photograph: padding, a video, and Samsung's block of notes,
//! which may contain a video.

use std::io::{BufRead, Read};

use super::super::input::{Fields, Input};
use super::super::magic;
use crate::verdict::{Reason, Stop};

/// Maximum size of a note that is not a video, in bytes.
const NOTE_BYTES: u64 = 64 * 1024;
/// Maximum number of notes that a telephone writes.
const NOTES: usize = 64;
/// Maximum number of top-level boxes in a video.
const BOXES: usize = 4096;

/// Returns true for a padding byte after a picture: zeros, line ends, content of empty memory
/// cards.
fn is_padding(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\r' | b'\n' | b' ')
}

/// Returns the offset of the first byte from `place` on that is not padding.
pub(super) fn padding(input: &mut Input<'_>, place: u64) -> Result<u64, Stop> {
    if place == 0 {
        return Ok(0);
    }
    let mut reader = input.from(place)?;
    let mut skipped = 0;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(place + skipped);
        }
        // 0xFF is padding too, except the last one before a marker.
        let mut length = chunk.iter().take_while(|byte| is_padding(**byte) || **byte == 0xff).count();
        let is_whole = length == chunk.len();
        if !is_whole && length > 0 && chunk[length - 1] == 0xff {
            length -= 1;
        }
        skipped += length as u64;
        reader.consume(length);
        if !is_whole {
            return Ok(place + skipped);
        }
    }
}

/// Returns the start of a video, whose first bytes are a length that looks like padding.
///
/// `from` is the end of the picture, `place` the first byte that is not padding, `head` the bytes
/// from there.
pub(super) fn film_start(from: u64, place: u64, head: &[u8]) -> Option<u64> {
    let at = magic::occurrences(head.get(..8)?, b"ftyp").next()? as u64;
    (place + at).checked_sub(4).filter(|start| *start >= from)
}

/// Returns the end of a video (ISO/IEC 14496-12), found box by box.
pub(super) fn film(input: &mut Input<'_>, start: u64, end: u64) -> Result<u64, Stop> {
    let mut place = start;
    for _ in 0..BOXES {
        let mut head = Vec::new();
        input.part(place, 16)?.read_to_end(&mut head)?;
        let is_box = head.len() >= 8 && head[4..8].iter().all(|byte| matches!(byte, b' '..=b'~' | 0xa9));
        if place == end || !is_box {
            return Ok(place);
        }
        let length = match head.u32_be(0)? {
            0 => end - place,
            1 => u64::from(head.u32_be(8)?) << 32 | u64::from(head.u32_be(12)?),
            length => length.into(),
        };
        place =
            place.checked_add(length).filter(|next| length >= 8 && *next <= end).ok_or(Reason::Truncated)?;
    }
    Err(Reason::Uncheckable.into())
}

/// Returns the start of Samsung's notes at the end of the file, or the end of the file without
/// notes.
///
/// The layout is: blocks with a type, a name and a value; `SEFH`; the list of blocks; the length of
/// the list; `SEFT`.
pub(super) fn notes(input: &mut Input<'_>) -> Result<u64, Stop> {
    let length = input.length();
    let (_, footer) = input.tail(8)?;
    if !footer.ends_with(b"SEFT") {
        return Ok(length);
    }
    let listed = u64::from(footer.u32_le(0)?);
    let Some(list_place) = (length - 8).checked_sub(listed).filter(|_| listed <= 12 + 12 * NOTES as u64)
    else {
        return Ok(length);
    };
    let mut list = Vec::new();
    input.part(list_place, listed)?.read_to_end(&mut list)?;
    if !list.starts_with(b"SEFH") || list.len() < 12 {
        return Ok(length);
    }
    let mut blocks = Vec::new();
    for entry in list[12..].chunks_exact(12) {
        let (back, bytes) = (u64::from(entry.u32_le(4)?), u64::from(entry.u32_le(8)?));
        let Some(start) = list_place.checked_sub(back) else { return Ok(length) };
        blocks.push((start, bytes));
    }
    blocks.sort_unstable();
    let Some((first, _)) = blocks.first().copied() else { return Ok(length) };
    let mut place = first;
    for (start, bytes) in blocks {
        if start != place || bytes < 8 {
            return Err(Reason::Trailing.into());
        }
        place = start.checked_add(bytes).filter(|end| *end <= list_place).ok_or(Reason::Trailing)?;
        note(input, start, bytes)?;
    }
    if place == list_place { Ok(first) } else { Err(Reason::Trailing.into()) }
}

fn note(input: &mut Input<'_>, start: u64, bytes: u64) -> Result<(), Stop> {
    let end = start + bytes;
    let mut head = Vec::new();
    input.part(start, 8)?.read_to_end(&mut head)?;
    let value = start + 8 + u64::from(head.u32_le(4)?);
    if value > end {
        return Err(Reason::Trailing.into());
    }
    let mut head = Vec::new();
    input.part(value, (end - value).min(magic::MAGIC_BYTES as u64))?.read_to_end(&mut head)?;
    if magic::is_film(&head) {
        let whole = film(input, value, end)? == end;
        return if whole { Ok(()) } else { Err(Reason::Trailing.into()) };
    }
    if bytes > NOTE_BYTES {
        return Err(Reason::Trailing.into());
    }
    let mut note = Vec::new();
    input.part(value, end - value)?.read_to_end(&mut note)?;
    let head = |at: usize| &note[at..note.len().min(at + 8)];
    let inside = (0..note.len()).any(|at| matches!(magic::of(head(at)), Some(Reason::NestedArchive)));
    if inside { Err(Reason::Polyglot.into()) } else { Ok(()) }
}
