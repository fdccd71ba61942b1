//! Encodings: UTF-8, UTF-16 and UTF-32 by their byte order marks, and single-byte encodings.

use crate::verdict::Reason;

/// Length of the longest byte order mark.
pub(super) const MARK_BYTES: u64 = 4;

/// Byte order marks, longest first, with their encodings.
const MARKS: &[(&[u8], Encoding)] = &[
    (b"\xff\xfe\0\0", Encoding::Units { bytes: 4, is_big: false }),
    (b"\0\0\xfe\xff", Encoding::Units { bytes: 4, is_big: true }),
    (b"\x84\x31\x95\x33", Encoding::Marked),
    (b"\xef\xbb\xbf", Encoding::Bytes),
    (b"\xff\xfe", Encoding::Units { bytes: 2, is_big: false }),
    (b"\xfe\xff", Encoding::Units { bytes: 2, is_big: true }),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// ASCII characters are their own bytes; the exact encoding is guessed from the other bytes.
    Bytes,
    /// ASCII characters are their own bytes; the encoding has a mark (GB 18030).
    Marked,
    /// Units of two or four bytes.
    Units { bytes: usize, is_big: bool },
}

/// Incremental decoder of a text.
pub(super) struct Decoder {
    encoding: Encoding,
    mark: u64,
    unit: u32,
    filled: usize,
    /// True when the last unit was the first half of a surrogate pair.
    is_half: bool,
}

impl Decoder {
    pub(super) fn of(head: &[u8]) -> Decoder {
        let mark = MARKS.iter().find(|(mark, _)| head.starts_with(mark));
        let (length, encoding) =
            mark.map_or((0, Encoding::Bytes), |(mark, encoding)| (mark.len() as u64, *encoding));
        Decoder { encoding, mark: length, unit: 0, filled: 0, is_half: false }
    }

    /// Returns the length of the byte order mark, in bytes.
    pub(super) fn mark_bytes(&self) -> u64 {
        self.mark
    }

    /// Returns the character that this byte completes, or `_` for a character beyond ASCII.
    pub(super) fn step(&mut self, byte: u8) -> Result<Option<u8>, Reason> {
        let Encoding::Units { bytes, is_big } = self.encoding else {
            return Ok(Some(if byte.is_ascii() { byte } else { b'_' }));
        };
        let shift = if is_big { bytes - 1 - self.filled } else { self.filled };
        self.unit |= u32::from(byte) << (8 * shift);
        self.filled += 1;
        if self.filled < bytes {
            return Ok(None);
        }
        let unit = std::mem::take(&mut self.unit);
        self.filled = 0;
        let is_second = bytes == 2 && (0xdc00..0xe000).contains(&unit);
        if is_second != std::mem::take(&mut self.is_half) {
            return Err(Reason::Content);
        }
        match unit {
            0xd800..0xdc00 if bytes == 2 => {
                self.is_half = true;
                Ok(None)
            }
            _ if is_second => Ok(Some(b'_')),
            0..0x80 => Ok(Some(unit as u8)),
            // A noncharacter, a control character, or no Unicode character.
            0x80..0xa0 | 0xfffe | 0xffff => Err(Reason::Content),
            _ if char::from_u32(unit).is_none() => Err(Reason::Content),
            _ => Ok(Some(b'_')),
        }
    }

    /// Checks the end of the text, with the statistics of its bytes.
    pub(super) fn finish(self, bytes: &Bytes) -> Result<(), Reason> {
        let is_text = match self.encoding {
            Encoding::Bytes => bytes.are_text(),
            Encoding::Marked => true,
            Encoding::Units { .. } => self.filled == 0 && !self.is_half,
        };
        if is_text { Ok(()) } else { Err(Reason::Content) }
    }
}

/// Statistics of the bytes seen, from which the possible encodings are deduced.
#[derive(Default)]
pub(super) struct Bytes {
    utf8: Utf8,
    beyond_windows: bool,
    beyond_dos: bool,
    beyond_macintosh: bool,
    all: u64,
    beyond_ascii: u64,
}

/// Bytes without a character in Windows-1252. In ISO-8859-1 and -15 they are control characters,
/// which no text contains.
const UNASSIGNED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// A text in no known encoding is accepted when at most one byte in `ASCII_SHARE` is beyond ASCII.
/// Programs that decode with the wrong encoding and encode again produce such texts.
const ASCII_SHARE: u64 = 3;

impl Bytes {
    pub(super) fn step(&mut self, byte: u8) {
        self.utf8.step(byte);
        self.all += 1;
        if !byte.is_ascii() {
            self.beyond_ascii += 1;
            self.beyond_windows |= UNASSIGNED.contains(&byte);
            self.beyond_dos |= !is_dos(byte);
            self.beyond_macintosh |= !is_macintosh(byte);
        }
    }

    fn are_text(&self) -> bool {
        // A UTF-8 text cut within a character may still be valid Windows-1252.
        self.utf8.is_whole()
            || !self.beyond_windows
            || !self.beyond_dos
            || !self.beyond_macintosh
            || self.beyond_ascii.saturating_mul(ASCII_SHARE) <= self.all
    }
}

/// Returns true for letters and signs of code page 850 (and 437), without the box-drawing
/// characters.
fn is_dos(byte: u8) -> bool {
    matches!(byte, 0x80..=0xaf | 0xb5..=0xb8 | 0xbd | 0xbe | 0xc6 | 0xc7 | 0xcf..=0xd8 | 0xde | 0xe0..=0xfd)
}

/// Returns true for letters and signs of Mac OS Roman, without the mathematical ones.
fn is_macintosh(byte: u8) -> bool {
    matches!(byte,
        0x80..=0xac | 0xae | 0xaf | 0xb1..=0xb5 | 0xbb | 0xbc | 0xbe..=0xc1 | 0xc7..=0xd6 | 0xd8..=0xe3
        | 0xe5..=0xef | 0xf1..=0xf8)
}

/// Incremental validator of UTF-8 (RFC 3629, section 4).
#[derive(Default)]
struct Utf8 {
    failed: bool,
    more: u8,
    /// Range of the next byte, where it is narrower than that of any continuation byte.
    narrowed: Option<(u8, u8)>,
}

impl Utf8 {
    fn step(&mut self, byte: u8) {
        if self.more > 0 {
            let (low, high) = self.narrowed.take().unwrap_or((0x80, 0xbf));
            self.failed |= !(low..=high).contains(&byte);
            self.more -= 1;
            return;
        }
        (self.more, self.narrowed) = match byte {
            0x00..=0x7f => (0, None),
            0xc2..=0xdf => (1, None),
            0xe0 => (2, Some((0xa0, 0xbf))),
            0xed => (2, Some((0x80, 0x9f))),
            0xe1..=0xef => (2, None),
            0xf0 => (3, Some((0x90, 0xbf))),
            0xf4 => (3, Some((0x80, 0x8f))),
            0xf1..=0xf3 => (3, None),
            _ => {
                self.failed = true;
                (0, None)
            }
        };
    }

    fn is_whole(&self) -> bool {
        !self.failed && self.more == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn utf8_is_recognised_as_the_language_does(bytes in prop::collection::vec(prop_oneof![
            any::<u8>(), Just(0xe0), Just(0xed), Just(0xf0), Just(0xf4), 0x80..=0xbfu8,
        ], 0..6)) {
            let mut utf8 = Utf8::default();
            bytes.iter().for_each(|byte| utf8.step(*byte));
            prop_assert_eq!(utf8.is_whole(), std::str::from_utf8(&bytes).is_ok());
        }
    }
}
