//! CSV: text in any common encoding (RFC 4180 does not fix one).
//!
//! Cells that begin with `=`, `+`, `-` or `@` are accepted. They may be legitimate data (a negative
//! number, a formula to explain), and the reader's program decides on them. As in spreadsheets,
//! formulas that fetch or run are rejected. Files that a spreadsheet reads as another format,
//! whatever their name, are rejected too.

mod cells;
mod encoding;
mod sylk;

use std::io::{BufRead, Read};

use super::input::Input;
use super::magic;
use crate::verdict::{Reason, Stop};
use cells::Cells;
use encoding::{Bytes, Decoder, MARK_BYTES};
use sylk::Sylk;

/// Length of the head that is matched against other formats, in bytes.
const HEAD_BYTES: usize = 1024;

pub(crate) fn check(input: &mut Input<'_>) -> Result<(), Stop> {
    let mut mark = Vec::new();
    input.part(0, MARK_BYTES)?.read_to_end(&mut mark)?;
    let mut decoder = Decoder::of(&mark);
    let mut reader = input.from(decoder.mark_bytes())?;
    let mut bytes = Bytes::default();
    let mut text = Text::default();
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        for &byte in chunk {
            bytes.step(byte);
            if let Some(character) = decoder.step(byte)? {
                text.step(character)?;
            }
        }
        let length = chunk.len();
        reader.consume(length);
    }
    decoder.finish(&bytes)?;
    Ok(text.finish()?)
}

/// Decoded text, in ASCII: other characters are replaced by `_`, which no searched pattern
/// contains.
#[derive(Default)]
struct Text {
    head: Vec<u8>,
    is_judged: bool,
    /// True after the end-of-file character of DOS.
    has_ended: bool,
    cells: Cells,
    sylk: Sylk,
}

/// End-of-file character of DOS.
const END_OF_TEXT: u8 = 0x1a;

impl Text {
    fn step(&mut self, character: u8) -> Result<(), Reason> {
        // Databases write form feeds and vertical tabs as line ends.
        let control = (character < b' ' && !matches!(character, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c))
            || character == 0x7f;
        if self.has_ended || (control && character != END_OF_TEXT) {
            return Err(Reason::Content);
        }
        self.has_ended = character == END_OF_TEXT;
        if self.head.len() < HEAD_BYTES {
            self.head.push(character);
        } else if !self.is_judged {
            self.judge_head()?;
        }
        self.sylk.step(character);
        self.cells.step(character)
    }

    fn judge_head(&mut self) -> Result<(), Reason> {
        self.is_judged = true;
        let other = magic::is_text(&self.head) || magic::is_markup(&self.head);
        if other { Err(Reason::Content) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<(), Reason> {
        self.judge_head()?;
        self.cells.finish()?;
        if self.sylk.finish() { Err(Reason::Content) } else { Ok(()) }
    }
}
