//! Files recognised by how they begin, and files that are two at once.

use std::io::Read;

use super::input::{Fields, Input};
use crate::kind::Kind;
use crate::verdict::{Reason, Stop};

/// Beginnings of what may not be inside another file.
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
    (b"L\x00\x00\x00\x01\x14\x02\x00", Reason::EmbeddedFile), // shortcut of Windows
    (b"CWS", Reason::EmbeddedFile),
    (b"FWS", Reason::EmbeddedFile),
];

/// Beginnings of files that are text, and are not data.
const TEXTS: &[&[u8]] = &[b"#!", b"%PDF-", b"%!PS", b"{\\rtf", b"MIME-Version:"];

/// Bytes that are enough for [`of`].
pub(crate) const MAGIC_BYTES: usize = 44;

/// Why something that begins like this may not be in another file; none when it is not known.
pub(crate) fn of(head: &[u8]) -> Option<Reason> {
    let binary = MAGICS.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, reason)| *reason);
    binary.or_else(|| is_text(head).then_some(Reason::EmbeddedFile))
}

/// Whether it begins as a text that a program reads otherwise than as data.
pub(crate) fn is_text(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    TEXTS.iter().any(|text| head.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text)))
}

/// Judges the beginning of a part that is shown, or that a program keeps for itself.
pub(crate) fn shown(head: &[u8]) -> Result<(), Reason> {
    match of(head) {
        Some(reason) => Err(reason),
        None if is_markup(head) => Err(Reason::Uncheckable),
        None => Ok(()),
    }
}

/// Beginnings of pictures that Office shows.
const PICTURES: &[&[u8]] =
    &[b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\0\0\x01\0"];

/// Whether it begins as a picture does.
pub(crate) fn is_picture(head: &[u8]) -> bool {
    let web = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP");
    web || is_metafile(head) || PICTURES.iter().any(|picture| head.starts_with(picture))
}

/// Whether it begins as a drawing of Windows does ([MS-EMF], [MS-WMF]).
pub(crate) fn is_metafile(head: &[u8]) -> bool {
    let enhanced = head.starts_with(b"\x01\0\0\0") && head.get(40..44) == Some(b" EMF");
    let placeable = head.starts_with(b"\xd7\xcd\xc6\x9a");
    enhanced || placeable || matches!(head, [1 | 2, 0, 9, 0, 0, 1 | 3, ..])
}

/// Whether it begins as XML or HTML does.
pub(crate) fn is_markup(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    matches!(head, [b'<', b'?' | b'!' | b'a'..=b'z' | b'A'..=b'Z', ..])
}

/// Whether it begins as a film does (ISO/IEC 14496-12).
pub(crate) fn is_film(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp")
}

/// Why what begins like this may not stand behind a picture.
pub(crate) fn behind(head: &[u8]) -> Reason {
    match of(head) {
        Some(Reason::NestedArchive) => Reason::TrailingArchive,
        Some(_) if is_text(head) => Reason::TrailingText,
        Some(_) => Reason::TrailingProgram,
        None if is_markup(head) => Reason::TrailingText,
        // Behind its length, of which some bytes may have been taken for padding.
        None if head.get(..8).is_some_and(|head| occurrences(head, b"ftyp").next().is_some()) => {
            Reason::TrailingFilm
        }
        None => Reason::Trailing,
    }
}

/// Whether this is the container that Office puts a document in when it is given a password.
pub(crate) fn is_encrypted_office(input: &mut Input<'_>, head: &[u8]) -> Result<bool, Stop> {
    if !head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Ok(false);
    }
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    // Entries of its directory have 128 bytes and begin with their name.
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

/// How far from its end readers of archives look for the directory: the record and the longest comment.
const DIRECTORY_REACH: u64 = 22 + 65_535;

/// Refuses what an archiver would open, or a reader of PDF that looks for the header further on.
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

/// Whether this can be the end of an archive's directory, by the numbers in it, and not four bytes of a picture.
fn ends_an_archive(record: &[u8], place: u64) -> std::io::Result<bool> {
    let (disk, first_disk) = (record.u16_le(4)?, record.u16_le(6)?);
    let (here, entries) = (record.u16_le(8)?, record.u16_le(10)?);
    let (size, offset) = (record.u32_le(12)?, record.u32_le(16)?);
    // A directory that says where it is in a larger archive has all ones.
    let lies_before = u64::from(size) <= place || size == u32::MAX || offset == u32::MAX;
    Ok((disk, first_disk) == (0, 0) && here == entries && lies_before)
}

/// Where the bytes stand.
pub(crate) fn occurrences<'a>(bytes: &'a [u8], sought: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = bytes.windows(sought.len()).enumerate();
    windows.filter(move |(_, window)| *window == sought).map(|(at, _)| at)
}
