//! PDF (ISO 32000): no actions except navigation, no embedded files, and a complete end.
//!
//! The cross-reference table of a hostile file can lead a reader anywhere, even into a comment or a
//! picture. The table is therefore neither followed nor required to be correct. Every byte goes
//! through one [`scanner`], which tracks objects, strings, comments and streams. Names count only
//! among objects. Object streams are inflated and scanned the same way.

mod address;
mod dictionary;
mod names;
mod scanner;

use std::io::{self, BufRead, Read};

use flate2::bufread::ZlibDecoder;

use super::input::Input;
use super::magic;
use super::member::broken;
use crate::limits::Budget;
use crate::verdict::{Reason, Stop};
use scanner::{Scanner, Step};

/// Maximum distance between the end marker and the end of the file, in bytes: writers add line
/// ends.
const END_BYTES: u64 = 2048;

/// Maximum number of bytes after the end marker that are not padding; line-based transfers leave
/// some.
const STRAY_BYTES: usize = 256;

pub(crate) fn check(input: &mut Input<'_>) -> Result<(), Stop> {
    end(input)?;
    let mut budget = Budget::of(input.length());
    let mut scanner = Scanner::of_file();
    let mut place = 0;
    // Each iteration ends at the start of an object stream, which is inflated before the scan
    // continues over its bytes.
    while let Some((read, step)) = scan(&mut input.from(place)?, &mut scanner)? {
        place += read;
        let mut inside = Scanner::of_object_stream();
        match object_stream(input, place, &mut inside, &mut budget) {
            // Not deflated, or not to its end: the inflated part was scanned.
            Err(Stop::Rejected(Reason::Malformed)) if step == Step::CountedStream => {}
            outcome => outcome?,
        }
        scanner.learn(inside)?;
    }
    Ok(scanner.finish()?)
}

/// Scans to the data of the next compressed object stream; returns its offset and kind, or `None`
/// at the end of the file.
fn scan(reader: &mut dyn BufRead, scanner: &mut Scanner) -> Result<Option<(u64, Step)>, Stop> {
    let mut read = 0;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(None);
        }
        for (at, byte) in chunk.iter().enumerate() {
            let step = scanner.step(*byte)?;
            if step != Step::Next {
                return Ok(Some((read + at as u64 + 1, step)));
            }
        }
        let length = chunk.len();
        read += length as u64;
        reader.consume(length);
    }
}

/// Inflates a stream to its own end, without trust in the declared length.
fn object_stream(
    input: &mut Input<'_>,
    place: u64,
    inside: &mut Scanner,
    budget: &mut Budget,
) -> Result<(), Stop> {
    let mut part = input.part(place, budget.left())?;
    while part.fill_buf()?.first().is_some_and(u8::is_ascii_whitespace) {
        part.consume(1);
    }
    let mut decoder = ZlibDecoder::new(part);
    let mut buffer = [0; 8192];
    loop {
        let read = match decoder.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(broken(error).into()),
        };
        if read == 0 {
            break;
        }
        budget.spend(read as u64)?;
        for byte in &buffer[..read] {
            inside.step(*byte)?;
        }
    }
    // The compressed input counts too, because a file may contain many streams that inflate to
    // nothing.
    Ok(budget.spend(decoder.total_in())?)
}

/// Checks the `%%EOF` marker. Accepts padding after it, or a few bytes that are no file and no
/// object.
fn end(input: &mut Input<'_>) -> Result<(), Stop> {
    let (_, tail) = input.tail(END_BYTES)?;
    let at = magic::occurrences(&tail, b"%%EOF").last().ok_or(Reason::Truncated)?;
    let behind = tail[at + b"%%EOF".len()..].trim_ascii_start();
    let padding = behind.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace());
    if padding {
        return Ok(());
    }
    let words = behind.split(|byte| !byte.is_ascii_alphanumeric());
    let objects = words.into_iter().any(|word| word == b"obj" || word == b"trailer" || word == b"xref");
    let markup = behind.windows(2).any(|pair| pair[0] == b'<' && (pair[1].is_ascii_graphic()));
    if objects || markup || behind.len() > STRAY_BYTES || magic::of(behind).is_some() {
        return Err(Reason::Trailing.into());
    }
    Ok(())
}
