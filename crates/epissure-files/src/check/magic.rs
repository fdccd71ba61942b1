//! File signatures, and files that are valid in two formats.

use std::io::Read;

use super::input::{Fields, Input};
use crate::kind::Kind;
use crate::verdict::{Reason, Stop};

/// Signatures of files that may not be inside another file.
const MAGICS: &[(&[u8], Reason)] = &[
    (b"PK\x03\x04", Reason::NestedArchive),
    (b"PK\x05\x06", Reason::NestedArchive),
    (b"PK\x07\x08", Reason::NestedArchive),
    (b"Rar!\x1a\x07", Reason::NestedArchive),
    (b"7z\xbc\xaf\x27\x1c", Reason::NestedArchive),
    (b"\x1f\x8b\x08", Reason::NestedArchive),
    (b"BZh", Reason::NestedArchive),
    (b"\xfd7zXZ\x00", Reason::NestedArchive),
    (b"\x28\xb5\x2f\xfd", Reason::NestedArchive),
    (b"MSCF", Reason::NestedArchive),
    (b"!<arch>\n", Reason::NestedArchive),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Reason::EmbeddedFile), // OLE compound file
    (b"MZ", Reason::EmbeddedFile),
    (b"\x7fELF", Reason::EmbeddedFile),
    (b"\xfe\xed\xfa", Reason::EmbeddedFile),
    (b"\xce\xfa\xed\xfe", Reason::EmbeddedFile),
    (b"\xcf\xfa\xed\xfe", Reason::EmbeddedFile),
    (b"\xca\xfe\xba\xbe", Reason::EmbeddedFile),
    (b"\x00asm", Reason::EmbeddedFile),
    (b"L\x00\x00\x00\x01\x14\x02\x00", Reason::EmbeddedFile), // Windows shortcut
    (b"CWS", Reason::EmbeddedFile),
    (b"FWS", Reason::EmbeddedFile),
];

/// Signatures of text formats that are programs or documents rather than data.
const TEXTS: &[&[u8]] = &[b"#!", b"%PDF-", b"%!PS", b"{\\rtf", b"MIME-Version:"];

/// Number of bytes that [`of`] needs.
pub(crate) const MAGIC_BYTES: usize = 44;

/// Returns the reason to reject a file with this head inside another file, or `None` when it is
/// unknown.
pub(crate) fn of(head: &[u8]) -> Option<Reason> {
    let binary = MAGICS.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, reason)| *reason);
    binary.or_else(|| is_text(head).then_some(Reason::EmbeddedFile))
}

/// Returns true for the head of a text that a program interprets as more than data.
pub(crate) fn is_text(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    TEXTS.iter().any(|text| head.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text)))
}

/// Judges the head of a part that a program displays or stores for its own use.
pub(crate) fn shown(head: &[u8]) -> Result<(), Reason> {
    match of(head) {
        Some(reason) => Err(reason),
        None if is_markup(head) => Err(Reason::Uncheckable),
        None => Ok(()),
    }
}

/// Signatures of pictures that Office displays.
const PICTURES: &[&[u8]] =
    &[b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\0\0\x01\0"];

/// Returns true for the head of a picture.
pub(crate) fn is_picture(head: &[u8]) -> bool {
    let web = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP");
    web || is_metafile(head) || PICTURES.iter().any(|picture| head.starts_with(picture))
}

/// Returns true for the head of a Windows metafile ([MS-EMF], [MS-WMF]).
pub(crate) fn is_metafile(head: &[u8]) -> bool {
    let enhanced = head.starts_with(b"\x01\0\0\0") && head.get(40..44) == Some(b" EMF");
    let placeable = head.starts_with(b"\xd7\xcd\xc6\x9a");
    enhanced || placeable || matches!(head, [1 | 2, 0, 9, 0, 0, 1 | 3, ..])
}

/// Returns true for the head of an XML or HTML document.
pub(crate) fn is_markup(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    matches!(head, [b'<', b'?' | b'!' | b'a'..=b'z' | b'A'..=b'Z', ..])
}

/// Returns true for the head of a video (ISO/IEC 14496-12).
pub(crate) fn is_film(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp")
}

/// Returns the reason to reject data with this head after a picture.
pub(crate) fn behind(head: &[u8]) -> Reason {
    match of(head) {
        Some(Reason::NestedArchive) => Reason::TrailingArchive,
        Some(_) if is_text(head) => Reason::TrailingText,
        Some(_) => Reason::TrailingProgram,
        None if is_markup(head) => Reason::TrailingText,
        // The signature follows a length, some bytes of which may have been skipped as padding.
        None if head.get(..8).is_some_and(|head| occurrences(head, b"ftyp").next().is_some()) => {
            Reason::TrailingFilm
        }
        None => Reason::Trailing,
    }
}

/// Returns true for the container into which Office encrypts a document that has a password.
pub(crate) fn is_encrypted_office(input: &mut Input<'_>, head: &[u8]) -> Result<bool, Stop> {
    if !head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Ok(false);
    }
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    // Directory entries have 128 bytes and start with their name.
    let entries = input.length() / 128;
    let mut reader = input.from(0)?;
    let mut entry = [0; 128];
    for _ in 0..entries {
        reader.read_exact(&mut entry)?;
        if entry.starts_with(&name) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Distance from the end within which archive readers search the directory: the record and the
/// longest comment.
const DIRECTORY_REACH: u64 = 22 + 65_535;

/// Rejects files that an archiver would open, or a PDF reader that searches its header further on.
pub(crate) fn no_second_reading(input: &mut Input<'_>, kind: Kind) -> Result<(), Stop> {
    let (start, tail) = input.tail(DIRECTORY_REACH)?;
    let directory = |at: usize| ends_an_archive(&tail[at..], start + at as u64).unwrap_or(false);
    if occurrences(&tail, b"PK\x05\x06").any(directory) {
        return Err(Reason::Polyglot.into());
    }
    if kind != Kind::Pdf {
        let mut head = Vec::new();
        input.from(0)?.take(1024).read_to_end(&mut head)?;
        if occurrences(&head, b"%PDF-").next().is_some() {
            return Err(Reason::Polyglot.into());
        }
    }
    Ok(())
}

/// Returns true when the fields are plausible for the end of an archive's directory, rather than a
/// chance match.
fn ends_an_archive(record: &[u8], place: u64) -> std::io::Result<bool> {
    let (disk, first_disk) = (record.u16_le(4)?, record.u16_le(6)?);
    let (here, entries) = (record.u16_le(8)?, record.u16_le(10)?);
    let (size, offset) = (record.u32_le(12)?, record.u32_le(16)?);
    // A directory within a larger archive, by its own fields, has all ones.
    let lies_before = u64::from(size) <= place || size == u32::MAX || offset == u32::MAX;
    Ok((disk, first_disk) == (0, 0) && here == entries && lies_before)
}

/// Returns the offsets of a byte sequence.
pub(crate) fn occurrences<'a>(bytes: &'a [u8], sought: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = bytes.windows(sought.len()).enumerate();
    windows.filter(move |(_, window)| *window == sought).map(|(at, _)| at)
}
