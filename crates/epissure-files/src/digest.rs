//! Digests and size of received files.

use std::fmt::Write as _;

use md5::Digest as _;

/// Measure of an attachment; the names are members of the Interop contract's `Attachment` schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Measure {
    /// MD5 (RFC 1321), against accidental changes only.
    Md5,
    /// SHA-1 (FIPS 180-4), against accidental changes only.
    Sha1,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// Size, in bytes.
    Size,
}

/// Measures with their members in the contract. Every declared measure is compared.
pub const MEASURES: [(Measure, &str); 4] =
    [(Measure::Md5, "md5"), (Measure::Sha1, "sha1"), (Measure::Sha256, "sha256"), (Measure::Size, "size")];

/// Incremental computation of the measures.
#[derive(Debug, Clone, Default)]
pub struct Hasher {
    md5: md5::Md5,
    sha1: sha1::Sha1,
    sha256: sha2::Sha256,
    size: u64,
}

impl Hasher {
    /// Creates a hasher without input.
    #[must_use]
    pub fn new() -> Hasher {
        Hasher::default()
    }

    /// Adds the next bytes.
    pub fn update(&mut self, chunk: &[u8]) {
        self.md5.update(chunk);
        self.sha1.update(chunk);
        self.sha256.update(chunk);
        self.size += chunk.len() as u64;
    }

    /// Returns the number of bytes added.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the measures of the added bytes.
    #[must_use]
    pub fn finish(self) -> Digests {
        Digests {
            md5: self.md5.finalize().into(),
            sha1: self.sha1.finalize().into(),
            sha256: self.sha256.finalize().into(),
            size: self.size,
        }
    }
}

/// Measures of a file.
///
/// ```
/// use epissure_files::{Hasher, Measure};
///
/// let digests = Hasher::new().finish();
/// assert_eq!(digests.text(Measure::Md5), "d41d8cd98f00b204e9800998ecf8427e");
/// assert_eq!(digests.text(Measure::Size), "0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digests {
    /// MD5 digest.
    pub md5: [u8; 16],
    /// SHA-1 digest.
    pub sha1: [u8; 20],
    /// SHA-256 digest.
    pub sha256: [u8; 32],
    /// Size, in bytes.
    pub size: u64,
}

impl Digests {
    /// Returns a measure as text: lower-case hexadecimal, or decimal for the size.
    #[must_use]
    pub fn text(&self, measure: Measure) -> String {
        match measure {
            Measure::Md5 => hexadecimal(&self.md5),
            Measure::Sha1 => hexadecimal(&self.sha1),
            Measure::Sha256 => hexadecimal(&self.sha256),
            Measure::Size => self.size.to_string(),
        }
    }

    /// Returns the first declared measure that differs from the file's. The comparison ignores
    /// case.
    #[must_use]
    pub fn differing(&self, declared: &[(Measure, &str)]) -> Option<Measure> {
        declared
            .iter()
            .find(|(measure, text)| !text.eq_ignore_ascii_case(&self.text(*measure)))
            .map(|(measure, _)| *measure)
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(chunks: &[&[u8]]) -> Digests {
        let mut hasher = Hasher::new();
        chunks.iter().for_each(|chunk| hasher.update(chunk));
        hasher.finish()
    }

    #[test]
    fn the_measures_are_those_of_the_standards() {
        let abc = of(&[b"abc"]);
        let texts = MEASURES.map(|(measure, member)| (member, abc.text(measure)));
        assert_eq!(texts[0], ("md5", "900150983cd24fb0d6963f7d28e17f72".to_owned()));
        assert_eq!(texts[1], ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d".to_owned()));
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(texts[2], ("sha256", sha256.to_owned()));
        assert_eq!(texts[3], ("size", "3".to_owned()));
    }

    #[test]
    fn how_the_bytes_are_cut_does_not_matter() {
        assert_eq!(of(&[b"abc"]), of(&[b"", b"a", b"bc", b""]));
    }

    #[test]
    fn what_is_declared_is_compared_whatever_its_case() {
        let abc = of(&[b"abc"]);
        let md5 = (Measure::Md5, "900150983CD24FB0D6963F7D28E17F72");
        assert_eq!(abc.differing(&[]), None);
        assert_eq!(abc.differing(&[md5, (Measure::Size, "3")]), None);
        assert_eq!(abc.differing(&[md5, (Measure::Size, "4")]), Some(Measure::Size));
        assert_eq!(abc.differing(&[(Measure::Sha256, "")]), Some(Measure::Sha256));
    }
}
