//! CSV: text in any encoding that people have (RFC 4180 says no more than that it is text).
//!
//! Cells that begin with `=`, `+`, `-` or `@` are kept. They are honest data (a negative number, a formula that a
//! colleague wants explained), and the reader's program decides on them. Those that call what fetches or runs are
//! refused, as in spreadsheets, and so are files that a spreadsheet reads as another format in spite of their name.

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

/// How much of the text says what it is.
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

/// The text, in ASCII: whatever is beyond stands as `_`, as nothing that is looked for has it.
#[derive(Default)]
struct Text {
    head: Vec<u8>,
    is_judged: bool,
    /// The end of a file of DOS.
    has_ended: bool,
    cells: Cells,
    sylk: Sylk,
}

/// The end of a text, on systems of the past.
const END_OF_TEXT: u8 = 0x1a;

impl Text {
    fn step(&mut self, character: u8) -> Result<(), Reason> {
        // Form feeds and vertical tabs are line ends of databases.
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
