//! The encoding of one row: UTF-8 when its bytes are valid UTF-8, else Windows-1252.
//!
//! Partners' files mix both, so the decision is made row by row. Windows-1252 maps every byte;
//! Latin-1 text reads the same in it. Source: public loaders of IPE files, which try UTF-8, then
//! Windows-1252.

use std::borrow::Cow;

/// The encoding of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowEncoding {
    /// No byte above 127: every encoding reads the row alike.
    Ascii,
    /// UTF-8 with at least one character beyond ASCII.
    Utf8,
    /// Windows-1252, because the bytes are not UTF-8.
    Windows1252,
}

impl RowEncoding {
    /// The encoding of a row.
    #[must_use]
    pub fn of(row: &[u8]) -> Self {
        Self::read(row).0
    }

    /// The encoding of a row, and its text unless that is Windows-1252.
    pub(crate) fn read(row: &[u8]) -> (Self, Option<&str>) {
        match std::str::from_utf8(row) {
            Ok(text) if text.is_ascii() => (Self::Ascii, Some(text)),
            Ok(text) => (Self::Utf8, Some(text)),
            Err(_) => (Self::Windows1252, None),
        }
    }

    /// The characters of a part of a row that has this encoding.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            // A part cut inside a character cannot come from a row, whose cuts are ASCII.
            Self::Ascii | Self::Utf8 => {
                std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
            }
            Self::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
        }
    }

    /// The bytes of a text.
    ///
    /// # Errors
    ///
    /// The first character that the encoding lacks.
    pub fn encode(self, text: &str) -> Result<Cow<'_, [u8]>, char> {
        if text.is_ascii() || self == Self::Utf8 {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        let lacks = |character: &char| match self {
            Self::Ascii => !character.is_ascii(),
            _ => encoding_rs::WINDOWS_1252.encode(character.encode_utf8(&mut [0; 4])).2,
        };
        match text.chars().find(lacks) {
            Some(character) => Err(character),
            None => Ok(encoding_rs::WINDOWS_1252.encode(text).0),
        }
    }
}

impl std::fmt::Display for RowEncoding {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Ascii => "ASCII",
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// The text that was decoded as Windows-1252 although its bytes were UTF-8, as it read before;
/// nothing for other text.
///
/// Characters that are in doubt stay as they are: the result is a suggestion for a person.
///
/// ```
/// use epissure_ipe::repair_mojibake;
///
/// assert_eq!(repair_mojibake("ALLÃ©E DES RUCHÃ¨RES").as_deref(), Some("ALLéE DES RUCHèRES"));
/// assert_eq!(repair_mojibake("CHÂTEAU"), None);
/// ```
#[must_use]
pub fn repair_mojibake(text: &str) -> Option<String> {
    // Lead bytes of two-byte and three-byte sequences read as one of these letters.
    if !text.contains(['Ã', 'Â', 'â', 'Å', 'Ä']) {
        return None;
    }
    let bytes = RowEncoding::Windows1252.encode(text).ok()?;
    let repaired = std::str::from_utf8(&bytes).ok()?;
    (repaired.chars().count() < text.chars().count()).then(|| repaired.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_own_encoding() {
        assert_eq!(RowEncoding::of(b"FORET"), RowEncoding::Ascii);
        assert_eq!(RowEncoding::of("FORÊT".as_bytes()), RowEncoding::Utf8);
        assert_eq!(RowEncoding::of(b"FOR\xCAT"), RowEncoding::Windows1252);
        assert_eq!(RowEncoding::Windows1252.decode(b"FOR\xCAT \x80"), "FORÊT €");
    }

    #[test]
    fn a_character_that_the_encoding_lacks_is_named() {
        assert_eq!(RowEncoding::Windows1252.encode("ŒUVRE").unwrap().as_ref(), b"\x8cUVRE");
        assert_eq!(RowEncoding::Windows1252.encode("ČAPEK"), Err('Č'));
        assert_eq!(RowEncoding::Ascii.encode("FORÊT"), Err('Ê'));
        assert_eq!(RowEncoding::Utf8.encode("ČAPEK").unwrap().as_ref(), "ČAPEK".as_bytes());
    }

    #[test]
    fn every_byte_survives_windows_1252() {
        let all: Vec<u8> = (0..=255).collect();
        let text = RowEncoding::Windows1252.decode(&all).into_owned();
        assert_eq!(RowEncoding::Windows1252.encode(&text).unwrap().as_ref(), all);
    }
}
