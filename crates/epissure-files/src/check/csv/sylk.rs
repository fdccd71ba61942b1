//! SYLK, which spreadsheets recognize by its first bytes whatever the file name. It has its own
//! formulas and macros.

/// Length of the start of a line that identifies a record, in bytes.
const LINE_BYTES: usize = 12;

/// Detector of SYLK texts.
#[derive(Default)]
pub(super) struct Sylk {
    line: Vec<u8>,
    lines: u64,
    begins: bool,
    /// True when the first line is the one that SYLK writers produce.
    is_signed: bool,
    has_record: bool,
}

impl Sylk {
    pub(super) fn step(&mut self, byte: u8) {
        if matches!(byte, b'\n' | b'\r') {
            self.end_of_line();
        } else if self.line.len() < LINE_BYTES {
            self.line.push(byte.to_ascii_uppercase());
        }
    }

    fn end_of_line(&mut self) {
        if self.lines == 0 {
            self.begins = self.line.starts_with(b"ID;");
            self.is_signed = self.line.starts_with(b"ID;P");
        }
        // A CSV column of identifiers may also be named `ID`: one SYLK record distinguishes the
        // two.
        self.has_record |= self.begins && self.lines > 0 && is_record(&self.line, self.is_signed);
        self.lines += u64::from(!self.line.is_empty());
        self.line.clear();
    }

    /// Returns true for SYLK, after the last byte.
    pub(super) fn finish(mut self) -> bool {
        self.end_of_line();
        self.has_record
    }
}

/// Returns true for a SYLK record: cell, name, options, bounds, format or window.
fn is_record(line: &[u8], is_signed: bool) -> bool {
    match line {
        [b'C', b';', field, next, ..] if is_signed && b"ACDGIMNPRST".contains(field) => {
            next.is_ascii_digit() || matches!(next, b';' | b'"')
        }
        [b'C' | b'B', b';', b'X' | b'Y', digit, ..] => digit.is_ascii_digit(),
        [b'C', b';', b'K' | b'E', _, ..] => true,
        [b'N', b'N' | b'E' | b'U', b';', b'N' | b'E' | b'F', ..] => true,
        [b'O', b';', b'E' | b'L' | b'P' | b'D' | b'V' | b'K' | b'C', ..] => true,
        [b'F', b';', b'P' | b'W', digit, ..] => digit.is_ascii_digit(),
        [b'P', b';', b'P' | b'F' | b'E', _, ..] => true,
        _ => false,
    }
}
