//! Filter between the file and the XML parser, which bounds the memory of the parser.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use crate::verdict::Reason;

/// Maximum length of one markup event after shortening (see [`Sieve`]), in bytes.
const EVENT_BYTES: usize = 1 << 20;

/// Bytes retained from the start of a run of dull bytes.
const HEAD: usize = 4096;
/// Bytes retained from the end of a run of dull bytes.
const TAIL: usize = 256;

/// Bytes retained from a run of white space, so that a word after it stays at the start of its run.
const BLANK: usize = 64;

const CHUNK: usize = 8192;

/// Reader of an encoding that contains ASCII, which outputs ASCII with shortened runs of dull
/// bytes.
///
/// The parser buffers a tag or a text until its end, and a scanned plan in a drawing is one
/// attribute of twenty megabytes. Dull bytes are letters, digits and the other characters of base64
/// and of lists of coordinates. None of them opens, closes or escapes anything. The start and the
/// end of a run are retained, so no word next to another byte is lost. A line end within the
/// removed part is retained, because it ends a CSS string.
pub(crate) struct Sieve<'a> {
    input: &'a mut dyn BufRead,
    output: Vec<u8>,
    at: usize,
    run: usize,
    blank: usize,
    lost_line_end: bool,
    tail: VecDeque<u8>,
    event: usize,
    begun: bool,
}

impl<'a> Sieve<'a> {
    pub(crate) fn new(input: &'a mut dyn BufRead) -> Sieve<'a> {
        let output = Vec::with_capacity(CHUNK + TAIL);
        Sieve {
            input,
            output,
            at: 0,
            run: 0,
            blank: 0,
            lost_line_end: false,
            tail: VecDeque::with_capacity(TAIL),
            event: 0,
            begun: false,
        }
    }

    /// Marks the start of another markup event.
    pub(crate) fn next_event(&mut self) {
        self.event = 0;
    }

    fn refill(&mut self) -> io::Result<()> {
        self.output.clear();
        self.at = 0;
        while self.output.is_empty() {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                end_run(&mut self.output, &mut self.tail, &mut self.lost_line_end);
                return Ok(());
            }
            let length = chunk.len().min(CHUNK);
            let mut bytes = &chunk[..length];
            if !std::mem::replace(&mut self.begun, true) {
                bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            }
            for &byte in bytes {
                if byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') {
                    return Err(Reason::Malformed.into());
                }
                let byte = if byte.is_ascii() { byte } else { b'_' };
                let is_line_end = matches!(byte, b'\n' | b'\r');
                self.blank = if byte == b' ' || byte == b'\t' || is_line_end { self.blank + 1 } else { 0 };
                if !is_dull(byte) {
                    end_run(&mut self.output, &mut self.tail, &mut self.lost_line_end);
                    self.output.push(byte);
                    self.run = 0;
                } else if self.blank > BLANK {
                    self.lost_line_end |= is_line_end;
                } else if self.run < HEAD {
                    self.output.push(byte);
                    self.run += 1;
                } else {
                    if self.tail.len() == TAIL {
                        let lost = self.tail.pop_front();
                        self.lost_line_end |= matches!(lost, Some(b'\n' | b'\r'));
                    }
                    self.tail.push_back(byte);
                }
            }
            self.input.consume(length);
        }
        self.event += self.output.len();
        if self.event > EVENT_BYTES { Err(Reason::Uncheckable.into()) } else { Ok(()) }
    }
}

/// Outputs the end of a run, after its removed part.
fn end_run(output: &mut Vec<u8>, tail: &mut VecDeque<u8>, lost_line_end: &mut bool) {
    if std::mem::take(lost_line_end) {
        output.push(b'\n');
    }
    output.extend(tail.drain(..));
}

fn is_dull(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'+' | b'/' | b'.' | b',' | b'-' | b'_')
}

impl Read for Sieve<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Sieve<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.output.len() {
            self.refill()?;
        }
        Ok(&self.output[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sieved(text: &[u8]) -> String {
        let mut out = String::new();
        let mut input = text;
        Sieve::new(&mut input).read_to_string(&mut out).unwrap();
        out
    }

    #[test]
    fn what_is_short_goes_through() {
        let text = r#"<a b="c d" e='f'>&#x41; -- ; \ </a>"#;
        assert_eq!(sieved(text.as_bytes()), text);
        assert_eq!(sieved("\u{FEFF}<é/>".as_bytes()), "<__/>");
    }

    #[test]
    fn a_long_run_keeps_its_beginning_and_its_end() {
        let long = format!("\"data:{}end\"", "A".repeat(100_000));
        let short = sieved(long.as_bytes());
        assert!(short.starts_with("\"data:AAAA") && short.ends_with("AAAend\""), "{short}");
        assert_eq!(short.len(), 7 + HEAD + TAIL);
    }

    #[test]
    fn a_word_behind_white_space_and_a_line_end_that_is_left_out_stay() {
        let blank = format!("<a>{}DDE {}:</a>", " ".repeat(50_000), "A".repeat(50_000));
        assert!(sieved(blank.as_bytes()).contains(" DDE A"));
        let ended = format!("\"{}\n{}\"", "A".repeat(50_000), "A".repeat(50_000));
        assert!(sieved(ended.as_bytes()).contains('\n'));
    }

    #[test]
    fn what_cannot_be_shortened_is_not_held() {
        let mut input: &[u8] = &b"(".repeat(EVENT_BYTES + CHUNK);
        let error = Sieve::new(&mut input).read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), Reason::Uncheckable.to_string());
    }
}
