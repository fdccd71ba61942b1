//! CSV: text in UTF-8 or Windows-1252 (RFC 4180 says no more than that it is text).
//!
//! Cells that begin with `=`, `+`, `-` or `@` are kept. They are honest data (a negative number, a formula that a
//! colleague wants explained), and whether they are formulas is decided by the program that opens the file.

use std::io::BufRead;

use super::input::Input;
use crate::verdict::{Reason, Stop};

/// Bytes that Windows-1252 has no character for.
const UNASSIGNED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

pub(crate) fn check(input: &mut Input<'_>) -> Result<(), Stop> {
    let mut reader = input.from(0)?;
    let mut utf8 = Utf8::default();
    let mut windows = true;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        for &byte in chunk {
            if is_control(byte) {
                return Err(Reason::Content.into());
            }
            utf8.step(byte);
            windows &= !UNASSIGNED.contains(&byte);
        }
        if utf8.failed && !windows {
            return Err(Reason::Content.into());
        }
        let length = chunk.len();
        reader.consume(length);
    }
    // Every text that was cut in a character of UTF-8 is still one of Windows-1252, or not.
    if windows || utf8.is_whole() { Ok(()) } else { Err(Reason::Content.into()) }
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7f
}

/// Whether the bytes so far are UTF-8 (RFC 3629, section 4), whatever pieces they come in.
#[derive(Default)]
struct Utf8 {
    failed: bool,
    more: u8,
    /// What the next byte may be, where that is less than any continuation.
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
