//! Names that are rejected in a document, and the contexts in which they count.

use crate::verdict::Reason;

/// Context in which a name is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// Among objects, and anywhere once a hidden object was seen. Such a name is too long to occur
    /// by chance.
    Anywhere,
    /// Among objects.
    Objects,
    /// Among objects, as a key whose value is a dictionary or a reference. As the name of a font it
    /// is harmless.
    Key,
}

/// Rejected names, without slash and escapes, action types included (ISO 32000-1, table 198). The
/// allowed actions go to a page of the document, to a named page, or to an address on a click.
pub(super) const NAMES: &[(&[u8], Where, Reason)] = &[
    (b"JavaScript", Where::Anywhere, Reason::Script),
    (b"JS", Where::Objects, Reason::Script),
    (b"Launch", Where::Anywhere, Reason::ActiveContent),
    (b"SubmitForm", Where::Anywhere, Reason::ActiveContent),
    (b"ImportData", Where::Anywhere, Reason::ActiveContent),
    (b"Rendition", Where::Anywhere, Reason::ActiveContent),
    (b"RichMedia", Where::Anywhere, Reason::ActiveContent),
    (b"RichMediaContent", Where::Anywhere, Reason::ActiveContent),
    (b"RichMediaExecute", Where::Anywhere, Reason::ActiveContent),
    (b"OnInstantiate", Where::Anywhere, Reason::ActiveContent),
    (b"Movie", Where::Anywhere, Reason::ActiveContent),
    (b"Sound", Where::Anywhere, Reason::ActiveContent),
    (b"XFA", Where::Objects, Reason::ActiveContent),
    (b"AA", Where::Key, Reason::ActiveContent),
    (b"GoToR", Where::Anywhere, Reason::ExternalReference),
    (b"GoToE", Where::Anywhere, Reason::EmbeddedFile),
    (b"EmbeddedFile", Where::Anywhere, Reason::EmbeddedFile),
    (b"EmbeddedFiles", Where::Anywhere, Reason::EmbeddedFile),
    (b"FileAttachment", Where::Anywhere, Reason::EmbeddedFile),
    (b"EF", Where::Key, Reason::EmbeddedFile),
    (b"Encrypt", Where::Key, Reason::Encrypted),
];

/// Action types allowed on opening.
pub(super) const NAVIGATION: &[&[u8]] = &[b"GoTo", b"Named"];

/// Length of the longest relevant name, in bytes.
pub(super) const NAME_BYTES: usize = 32;

/// Name being read, with its escapes (`#4a` for `J`) decoded.
#[derive(Debug, Clone, Default)]
pub(super) struct Name {
    bytes: [u8; NAME_BYTES],
    length: usize,
    /// Incomplete escape: the number of digits read and their value.
    escape: Option<(u8, u8)>,
    too_long: bool,
}

impl Name {
    pub(super) fn push(&mut self, byte: u8) {
        let digit = char::from(byte).to_digit(16).map(|digit| digit as u8);
        match (self.escape, digit) {
            (None, _) if byte == b'#' => self.escape = Some((0, 0)),
            (None, _) => self.append(byte),
            (Some((0, _)), Some(digit)) => self.escape = Some((1, digit)),
            (Some((_, high)), Some(low)) => {
                self.escape = None;
                self.append(high << 4 | low);
            }
            // Not an escape. Its meaning to readers is irrelevant: no rejected name contains a `#`.
            (Some(_), None) => {
                self.escape = None;
                self.append(b'#');
                self.append(byte);
            }
        }
    }

    fn append(&mut self, byte: u8) {
        match self.bytes.get_mut(self.length) {
            Some(place) => {
                *place = byte;
                self.length += 1;
            }
            None => self.too_long = true,
        }
    }

    /// Returns the name, or an empty slice for a name that is too long or has an incomplete escape.
    pub(super) fn as_bytes(&self) -> &[u8] {
        if self.too_long || self.escape.is_some() { b"" } else { &self.bytes[..self.length] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &[u8]) -> Vec<u8> {
        let mut name = Name::default();
        text.iter().for_each(|byte| name.push(*byte));
        name.as_bytes().to_vec()
    }

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(name(b"#4a#61vaScript"), b"JavaScript");
        assert_eq!(name(b"J#53"), b"JS");
        assert_eq!(name(b"a#g"), b"a#g");
        assert_eq!(name(&b"a".repeat(NAME_BYTES + 1)), b"");
    }

    #[test]
    fn what_counts_anywhere_is_not_there_by_chance() {
        for (name, place, _) in NAMES {
            assert!(name.len() <= NAME_BYTES);
            assert!(*place != Where::Anywhere || name.len() >= 5);
        }
    }
}
