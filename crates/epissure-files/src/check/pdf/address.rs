//! Decoder of strings that are addresses: `(…)` with its escapes, or `<…>` in hexadecimal.

use super::super::reference;
use crate::verdict::Reason;

/// Maximum stored length of an address, in bytes: browsers open no longer one.
const ADDRESS_BYTES: usize = 4096;

/// Schemes that work with a space after the colon.
const SPACED: &[&str] = &["file", "javascript", "vbscript"];

/// Value of a string, decoded byte by byte.
#[derive(Debug, Default)]
pub(super) struct Address {
    bytes: Vec<u8>,
    escape: Escape,
    /// First digit of a hexadecimal pair.
    high: Option<u8>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Escape {
    #[default]
    None,
    Begun,
    /// Number of octal digits read, and their value.
    Octal(u8, u8),
    /// Line continuation, whose line feed may follow.
    Line,
}

impl Address {
    /// Decodes the next byte of a literal string.
    pub(super) fn literal(&mut self, byte: u8) {
        match std::mem::take(&mut self.escape) {
            Escape::None | Escape::Line if byte == b'\\' => self.escape = Escape::Begun,
            Escape::Line if byte == b'\n' => {}
            Escape::None | Escape::Line => self.push(byte),
            Escape::Begun => match byte {
                b'0'..=b'7' => self.escape = Escape::Octal(1, byte - b'0'),
                b'n' => self.push(b'\n'),
                b'r' => self.push(b'\r'),
                b't' => self.push(b'\t'),
                b'b' => self.push(8),
                b'f' => self.push(12),
                b'\r' => self.escape = Escape::Line,
                b'\n' => {}
                byte => self.push(byte),
            },
            Escape::Octal(digits, value) if digits < 3 && matches!(byte, b'0'..=b'7') => {
                self.escape = Escape::Octal(digits + 1, value.wrapping_mul(8).wrapping_add(byte - b'0'));
            }
            Escape::Octal(_, value) => {
                self.push(value);
                self.literal(byte);
            }
        }
    }

    /// Decodes the next byte of a hexadecimal string.
    pub(super) fn hexadecimal(&mut self, byte: u8) {
        let Some(digit) = char::from(byte).to_digit(16).map(|digit| digit as u8) else { return };
        match self.high.take() {
            None => self.high = Some(digit << 4),
            Some(high) => self.push(high | digit),
        }
    }

    fn push(&mut self, byte: u8) {
        if self.bytes.len() < ADDRESS_BYTES {
            self.bytes.push(byte);
        }
    }

    fn text(mut self) -> String {
        if let Escape::Octal(_, value) = self.escape {
            self.push(value);
        }
        if let Some(high) = self.high {
            self.push(high);
        }
        reference::text(&self.bytes).into_owned()
    }

    /// Judges the string as the target of a link.
    pub(super) fn judge(self) -> Result<(), Reason> {
        reference::link(&self.text())
    }

    /// Judges the string as an indirect object; returns true when it looks like an address that
    /// [`reference::link`] would reject.
    pub(super) fn holds_refused_address(self) -> bool {
        let text = self.text();
        if is_date(&text) {
            return false;
        }
        // Browsers remove line ends and tabs, but no other white space, from a scheme.
        let address: String = text.trim_start().chars().filter(|one| !"\t\r\n".contains(*one)).collect();
        let is_scheme = |one: char| one.is_ascii_alphanumeric() || "%+-.".contains(one);
        let rest = address.trim_start_matches(is_scheme);
        let scheme = address[..address.len() - rest.len()].to_ascii_lowercase();
        // A colon and a space also occur in many titles.
        let is_title = rest.starts_with(": ") && !SPACED.contains(&scheme.as_str());
        let is_address = rest.starts_with(':') || address.starts_with(['\\', '/']);
        is_address && !is_title && reference::link(&text).is_err()
    }
}

/// Returns true for a PDF date (ISO 32000-1, section 7.9.4), which looks like a path on drive `D:`.
fn is_date(text: &str) -> bool {
    let date = text.trim().strip_prefix("D:").unwrap_or_default();
    let year = date.bytes().take_while(u8::is_ascii_digit).count() >= 4;
    year && date.bytes().all(|one| one.is_ascii_digit() || b"+-Z'".contains(&one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Address {
        let mut address = Address::default();
        text.bytes().for_each(|byte| address.literal(byte));
        address
    }

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(literal(r"f\151le:\\\\\(x\)\0570\n").text(), "file:\\\\(x)/0\n");
        assert_eq!(literal("a\\\r\nb\\\nc\\7").text(), "abc\u{7}");
        let mut address = Address::default();
        b"66 69:6C6".iter().for_each(|byte| address.hexadecimal(*byte));
        assert_eq!(address.text(), "fil`");
    }

    #[test]
    fn a_text_of_its_own_is_told_from_an_address() {
        for text in [
            "D:20120405103000+02'00'",
            "Plan du lot",
            "Note (file://x)",
            "https://example.org",
            "Plan: lot 2",
            "2/3",
        ] {
            assert!(!literal(text).holds_refused_address(), "{text}");
        }
        for text in
            ["file:///c:/a", r"\\\\server\\a", "D:\\\\a.exe", "file: ///a", "search-ms:a", "%66ile:///a"]
        {
            assert!(literal(text).holds_refused_address(), "{text}");
        }
    }
}
