//! PNG (W3C Portable Network Graphics, third edition): every chunk to the last, with its checksum.

use std::io::{BufRead, Read};

use super::input::{Fields, Input};
use super::magic;
use crate::limits;
use crate::verdict::{Reason, Stop};

const SIGNATURE_BYTES: u64 = 8;

/// Allowed bit depths for each color type (table 11.1).
const DEPTHS: [(u8, &[u8]); 5] =
    [(0, &[1, 2, 4, 8, 16]), (2, &[8, 16]), (3, &[1, 2, 4, 8]), (4, &[8, 16]), (6, &[8, 16])];

pub(crate) fn check(input: &mut Input<'_>) -> Result<(), Stop> {
    let mut reader = input.from(SIGNATURE_BYTES)?;
    let mut first = true;
    let mut has_pixels = false;
    loop {
        let mut head = [0; 8];
        reader.read_exact(&mut head)?;
        let length = u64::from(head.u32_be(0)?);
        let kind = [head[4], head[5], head[6], head[7]];
        if length > i32::MAX as u64
            || !kind.iter().all(u8::is_ascii_alphabetic)
            || first != (&kind == b"IHDR")
        {
            return Err(Reason::Malformed.into());
        }
        let mut crc = crc32fast::Hasher::new();
        crc.update(&kind);
        if first {
            let mut header = [0; 13];
            if length != 13 {
                return Err(Reason::Malformed.into());
            }
            reader.read_exact(&mut header)?;
            crc.update(&header);
            image(&header)?;
        } else {
            body(&mut (&mut reader).take(length), length, &mut crc)?;
        }
        let mut said = [0; 4];
        reader.read_exact(&mut said)?;
        if u32::from_be_bytes(said) != crc.finalize() {
            return Err(Reason::Malformed.into());
        }
        first = false;
        has_pixels |= &kind == b"IDAT" && length > 0;
        if &kind == b"IEND" {
            if length != 0 || !has_pixels {
                return Err(Reason::Malformed.into());
            }
            return behind(&mut reader);
        }
    }
}

/// Accepts only zeros and line ends after the last chunk, which transfers add.
fn behind(reader: &mut dyn BufRead) -> Result<(), Stop> {
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(());
        }
        let is_padding = |byte: &u8| matches!(byte, 0 | b'\t' | b'\r' | b'\n' | b' ');
        let padding = chunk.iter().take_while(|byte| is_padding(byte)).count();
        if padding < chunk.len() {
            let mut head = Vec::new();
            reader.consume(padding);
            reader.take(magic::MAGIC_BYTES as u64).read_to_end(&mut head)?;
            return Err(magic::behind(&head).into());
        }
        reader.consume(padding);
    }
}

fn image(header: &[u8; 13]) -> Result<(), Stop> {
    limits::picture(header.u32_be(0)?, header.u32_be(4)?)?;
    let [depth, colour, compression, filter, interlace] =
        [header[8], header[9], header[10], header[11], header[12]];
    let known = DEPTHS.iter().any(|(one, depths)| *one == colour && depths.contains(&depth));
    if known && compression == 0 && filter == 0 && interlace <= 1 {
        Ok(())
    } else {
        Err(Reason::Malformed.into())
    }
}

fn body(reader: &mut dyn Read, length: u64, crc: &mut crc32fast::Hasher) -> Result<(), Stop> {
    let mut left = length;
    let mut buffer = [0; 8192];
    while left > 0 {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Err(Reason::Truncated.into());
        }
        crc.update(&buffer[..read]);
        left -= read as u64;
    }
    Ok(())
}
