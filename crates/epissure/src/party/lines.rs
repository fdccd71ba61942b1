//! Reader of lines, which never buffers more than the maximum length of one.

use std::io::{self, BufRead, Read as _};

/// Maximum length of a line, in bytes.
pub(super) const MAX_LINE: usize = 1024 * 1024;

/// A line, without its line break.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Text(String),
    /// Reason why the line is unreadable.
    Unreadable(&'static str),
}

/// Reason for refusing a line, or a record of several lines, because of its length.
pub(super) const TOO_LONG: &str = "It is longer than 1 MiB";
const NOT_UTF8: &str = "It is not in UTF-8: save the file in that encoding";
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reader of lines.
pub(super) struct Lines<R> {
    from: R,
    /// Number of lines read.
    pub(super) number: u64,
    /// Number of bytes read.
    pub(super) bytes: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(from: R) -> Self {
        Self { from, number: 0, bytes: 0 }
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let most = MAX_LINE as u64 + 1;
        let read = (&mut self.from).take(most).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.bytes += read as u64;
        if bytes.pop_if(|last| *last == b'\n').is_none() && bytes.len() > MAX_LINE {
            self.bytes += self.from.skip_until(b'\n')? as u64;
            return Ok(Some(Line::Unreadable(TOO_LONG)));
        }
        bytes.pop_if(|last| *last == b'\r');
        if self.number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(Some(String::from_utf8(bytes).map_or(Line::Unreadable(NOT_UTF8), Line::Text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<Line> {
        let mut lines = Lines::new(bytes);
        std::iter::from_fn(|| lines.next().expect("read")).collect()
    }

    fn text(text: &str) -> Line {
        Line::Text(text.to_owned())
    }

    #[test]
    fn ends_of_lines_and_the_byte_order_mark_are_left_out() {
        assert_eq!(all(b"\xEF\xBB\xBFa\r\n\n b \nc"), [text("a"), text(""), text(" b "), text("c")]);
        assert_eq!(all(b""), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_is_read() {
        let just = "x".repeat(MAX_LINE);
        let bytes = format!("{just}\n{just}x\nnext\n{just}{just}{just}");
        let lines = all(bytes.as_bytes());
        assert!(lines[0] == text(&just));
        assert_eq!(lines[1..], [Line::Unreadable(TOO_LONG), text("next"), Line::Unreadable(TOO_LONG)]);
        let mut counted = Lines::new(bytes.as_bytes());
        while counted.next().expect("read").is_some() {}
        assert_eq!((counted.number, counted.bytes), (4, bytes.len() as u64));
    }

    #[test]
    fn a_line_in_another_encoding_is_told() {
        assert_eq!(all(b"caf\xE9\nb"), [Line::Unreadable(NOT_UTF8), text("b")]);
    }
}
