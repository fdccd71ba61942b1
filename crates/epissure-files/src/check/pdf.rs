//! PDF (ISO 32000): no actions but navigation, nothing inside that could be opened, and an end.
//!
//! The cross-reference table of a hostile file leads a reader wherever it wants, into a comment or a picture too.
//! So the table is not followed: every byte of the file goes through one [`scanner`], which knows objects, strings,
//! comments and streams, and looks for names in all of them. Object streams are inflated and go the same way.

mod names;
mod scanner;

use std::io::{self, BufRead, Read};

use flate2::bufread::ZlibDecoder;

use super::input::Input;
use super::member::broken;
use crate::limits::Budget;
use crate::verdict::{Reason, Stop};
use scanner::{Scanner, Step};

/// How far from the end of the file its last words may be: writers pad with line ends.
const END_BYTES: u64 = 2048;

pub(crate) fn check(input: &mut Input<'_>) -> Result<(), Stop> {
    end(input)?;
    let mut budget = Budget::of(input.length());
    let mut scanner = Scanner::of_file();
    let mut place = 0;
    // Each turn ends where an object stream begins, which is inflated before the scan goes on over its bytes.
    while let Some(read) = scan(&mut input.from(place)?, &mut scanner)? {
        place += read;
        let mut inside = Scanner::of_object_stream();
        object_stream(input, place, &mut inside, &mut budget)?;
        scanner.learn(inside)?;
    }
    Ok(scanner.finish()?)
}

/// To the data of the next object stream that is compressed; none when the file ends first.
fn scan(reader: &mut dyn BufRead, scanner: &mut Scanner) -> Result<Option<u64>, Stop> {
    let mut read = 0;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(None);
        }
        for (at, byte) in chunk.iter().enumerate() {
            if scanner.step(*byte)? == Step::ObjectStream {
                return Ok(Some(read + at as u64 + 1));
            }
        }
        let length = chunk.len();
        read += length as u64;
        reader.consume(length);
    }
}

/// Inflates what begins here, to its own end: a length that the file says is not believed.
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
    // Reading costs as well: what is compressed may be compressed to nothing, many times over.
    Ok(budget.spend(decoder.total_in())?)
}

/// `startxref`, where the last cross-reference is, `%%EOF`, and nothing more.
fn end(input: &mut Input<'_>) -> Result<(), Stop> {
    let (_, tail) = input.tail(END_BYTES)?;
    let trimmed = tail.len() - tail.iter().rev().take_while(|byte| is_padding(**byte)).count();
    let Some(before) = tail[..trimmed].strip_suffix(b"%%EOF") else {
        let earlier = super::magic::occurrences(&tail, b"%%EOF").next().is_some();
        return Err(if earlier { Reason::Trailing } else { Reason::Truncated }.into());
    };
    let at = super::magic::occurrences(before, b"startxref").last().ok_or(Reason::Truncated)?;
    let number = before[at + b"startxref".len()..].trim_ascii();
    let number =
        std::str::from_utf8(number).ok().and_then(|digits| digits.parse().ok()).ok_or(Reason::Malformed)?;
    cross_reference(input, number)
}

fn is_padding(byte: u8) -> bool {
    byte == 0 || byte.is_ascii_whitespace()
}

/// What the end points at is a table, or the object that replaces it.
fn cross_reference(input: &mut Input<'_>, place: u64) -> Result<(), Stop> {
    let mut head = Vec::new();
    if place >= input.length() {
        return Err(Reason::Truncated.into());
    }
    input.part(place, 64)?.read_to_end(&mut head)?;
    let head = head.trim_ascii_start();
    let is_object = head.first().is_some_and(u8::is_ascii_digit);
    if head.starts_with(b"xref") || is_object { Ok(()) } else { Err(Reason::Malformed.into()) }
}
