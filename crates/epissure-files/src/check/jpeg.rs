//! JPEG (ITU-T T.81, annex B): every segment and scan, to the end marker.
//!
//! Telephones append data after that marker, see [`trailer`]. Known trailers are parsed to their
//! end; any other data is rejected, with a reason that names it.

mod trailer;

use std::io::{self, BufRead, Read};

use super::input::{Input, Part};
use super::magic;
use crate::limits;
use crate::verdict::{Reason, Stop};

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;

/// Maximum number of pictures and videos in one file: a stereoscopic or layered photograph has at
/// most four.
const PIECES: usize = 64;

pub(crate) fn check(input: &mut Input<'_>) -> Result<(), Stop> {
    let end = trailer::notes(input)?;
    let mut place = 0;
    for _ in 0..PIECES {
        let from = place;
        place = trailer::padding(input, from)?.min(end);
        if place > 0 && place == end {
            return Ok(());
        }
        let mut head = Vec::new();
        input.part(place, magic::MAGIC_BYTES as u64)?.read_to_end(&mut head)?;
        if place == 0 || head.starts_with(&[0xff, START, 0xff]) {
            let mut reader = Counted { inner: input.part(place, end - place)?, read: 0 };
            picture(&mut reader)?;
            place += reader.read;
        } else if let Some(start) = trailer::film_start(from, place, &head) {
            place = trailer::film(input, start, end)?;
        } else {
            return Err(magic::behind(&head).into());
        }
    }
    Err(Reason::Trailing.into())
}

struct Counted<'a> {
    inner: Part<'a>,
    read: u64,
}

impl Counted<'_> {
    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.inner.read_exact(&mut byte)?;
        self.read += 1;
        Ok(byte[0])
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Stop> {
        let skipped = io::copy(&mut (&mut self.inner).take(bytes), &mut io::sink())?;
        self.read += skipped;
        if skipped == bytes { Ok(()) } else { Err(Reason::Truncated.into()) }
    }
}

/// Reads a picture from its start marker to its end marker.
fn picture(reader: &mut Counted<'_>) -> Result<(), Stop> {
    if [reader.byte()?, reader.byte()?] != [0xff, START] {
        return Err(Reason::Malformed.into());
    }
    let (mut sized, mut scanned) = (false, false);
    let mut marker = next_marker(reader)?;
    loop {
        match marker {
            END => return if scanned { Ok(()) } else { Err(Reason::Malformed.into()) },
            0x00..=0xbf | 0xd0..=START => return Err(Reason::Malformed.into()),
            _ => {}
        }
        let length = u64::from(u16::from_be_bytes([reader.byte()?, reader.byte()?]));
        let mut body = length.checked_sub(2).ok_or(Reason::Malformed)?;
        if is_frame(marker) {
            let mut frame = [0; 5];
            body = body.checked_sub(5).ok_or(Reason::Malformed)?;
            for byte in &mut frame {
                *byte = reader.byte()?;
            }
            let side = |at: usize| u32::from(u16::from_be_bytes([frame[at], frame[at + 1]]));
            limits::picture(side(3), side(1))?;
            sized = true;
        }
        reader.skip(body)?;
        marker = if marker == SCAN {
            if !sized {
                return Err(Reason::Malformed.into());
            }
            scanned = true;
            entropy_coded(reader)?
        } else {
            next_marker(reader)?
        };
    }
}

/// Returns true for a start-of-frame marker of any coding; the three excluded markers are tables.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

fn next_marker(reader: &mut Counted<'_>) -> Result<u8, Stop> {
    if reader.byte()? != 0xff {
        return Err(Reason::Malformed.into());
    }
    loop {
        // Any number of 0xFF may precede a marker.
        match reader.byte()? {
            0xff => {}
            marker => return Ok(marker),
        }
    }
}

/// Skips to the marker that ends a scan: within the scan's data, a zero follows each byte 0xFF.
fn entropy_coded(reader: &mut Counted<'_>) -> Result<u8, Stop> {
    loop {
        let chunk = reader.inner.fill_buf()?;
        if chunk.is_empty() {
            return Err(Reason::Truncated.into());
        }
        match chunk.iter().position(|byte| *byte == 0xff) {
            None => {
                let length = chunk.len();
                reader.inner.consume(length);
                reader.read += length as u64;
            }
            Some(at) => {
                reader.inner.consume(at);
                reader.read += at as u64;
                match next_marker(reader)? {
                    0x00 | 0xd0..=0xd7 => {}
                    marker => return Ok(marker),
                }
            }
        }
    }
}
