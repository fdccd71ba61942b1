//! Malformed archives, sent as documents.

use crate::corpus::zip::{DESCRIPTOR, Header, Zip, deflated, end, header};
use crate::corpus::{honest, kept, noise, ooxml, refused};
use epissure_files::{ARCHIVE_ENTRIES, Kind, Reason};

fn docx() -> Zip {
    ooxml::plain(Kind::Docx)
}

fn all(files: impl IntoIterator<Item = (&'static str, Vec<u8>, Reason)>) {
    refused(Kind::Docx, files);
}

/// Returns a document with one more part, whose headers are changed on both sides.
fn both(change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let data = deflated(b"<a/>");
    let mut header = header("a.xml", 8, b"<a/>", data.len());
    change(&mut header);
    docx().add(&header, &data).finish()
}

/// Returns a document with one more part, whose header is changed in the directory only.
fn directory(change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let data = deflated(b"<a/>");
    let mut header = header("a.xml", 8, b"<a/>", data.len());
    let mut zip = docx();
    let place = zip.bytes.len() as u32;
    zip.local(&header);
    zip.bytes.extend(data);
    change(&mut header);
    zip.record(&header, place);
    zip.finish()
}

#[test]
fn what_inflates_to_too_much_is_refused() {
    let zeros = vec![b' '; 120_000_000];
    let flat = docx().deflate("a.xml", &zeros).finish();
    let packed = deflated(&zeros[..500_000]);
    let many = (0..50).fold(docx(), |mut zip, number| {
        zip.add(&header(&format!("{number}.xml"), 8, &zeros[..500_000], packed.len()), &packed);
        zip
    });
    // 101 MB from 2 MB, which the ratio allows.
    let padded = docx().store("a.png", &noise(2_000_000)).deflate("b.xml", &zeros[..101_000_000]).finish();
    let small = docx().deflate("a.xml", &zeros[..2_000_000]).finish();
    all([
        ("200 MB in 200 kB, or so", flat, Reason::Bomb),
        ("many parts together", many.finish(), Reason::Bomb),
        ("too much, whatever the ratio", padded, Reason::Bomb),
        ("two megabytes of spaces", small, Reason::Bomb),
    ]);
}

#[test]
fn what_inflates_to_more_than_it_says_ends_there() {
    let data = deflated(&[b' '; 1_000_000]);
    let more = header("a.xml", 8, b"<a/>", data.len());
    let less = Header { size: 5, ..header("a.xml", 8, b"<a/>", deflated(b"<a/>").len()) };
    all([
        ("more", docx().add(&more, &data).finish(), Reason::Archive),
        ("less", docx().add(&less, &deflated(b"<a/>")).finish(), Reason::Archive),
        ("another checksum", both(|header| header.crc ^= 1), Reason::Checksum),
        ("not deflated", docx().add(&header("a.xml", 8, b"<a/>", 4), b"\xff<a/").finish(), Reason::Malformed),
    ]);
    let mut padded = deflated(b"<a/>");
    padded.extend(b"hidden");
    let header = header("a.xml", 8, b"<a/>", padded.len());
    all([("something behind the deflated data", docx().add(&header, &padded).finish(), Reason::Archive)]);
}

#[test]
fn many_parts_end_early() {
    let mut zip = docx();
    for number in 0..=ARCHIVE_ENTRIES {
        zip.store(&format!("{number}.xml"), b"");
    }
    let million = docx().finish_64(1_000_000);
    all([("many", zip.finish(), Reason::Bomb), ("a million, it says", million, Reason::Bomb)]);
}

#[test]
fn parts_do_not_overlap_nor_leave_gaps() {
    // Two names for the same data (Fifield, "A better zip bomb").
    let data = deflated(b"<a/>");
    let mut overlapping = docx();
    let place = overlapping.bytes.len() as u32;
    overlapping.add(&header("a.xml", 8, b"<a/>", data.len()), &data);
    overlapping.record(&header("b.xml", 8, b"<a/>", data.len()), place);

    // A first part whose data contain the headers of the second.
    let mut quoted = docx();
    let inner = header("b.xml", 0, b"<a/>", 4);
    let mut inner_zip = Zip::default();
    inner_zip.add(&inner, b"<a/>");
    let place = quoted.bytes.len() as u32;
    let outer = header("a.xml", 0, &inner_zip.bytes, inner_zip.bytes.len());
    quoted.add(&outer, &inner_zip.bytes.clone());
    let start = place + 30 + 5;
    quoted.record(&inner, start);

    let mut gap = docx();
    gap.bytes.extend(b"hidden");
    gap.store("a.xml", b"<a/>");
    let mut last = docx();
    last.bytes.extend(b"hidden");
    let mut before = Zip { bytes: b"#!/bin/sh\n".to_vec(), ..Zip::default() };
    before.store("[Content_Types].xml", b"<a/>");
    all([
        ("overlapping", overlapping.finish(), Reason::Archive),
        ("quoted", quoted.finish(), Reason::Archive),
        ("a gap", gap.finish(), Reason::Archive),
        ("a gap before the directory", last.finish(), Reason::Archive),
        ("something before the first", before.finish(), Reason::Content),
    ]);
}

#[test]
fn what_the_directory_says_stands_in_the_headers_too() {
    all([
        ("another name", directory(|header| header.name = b"b.xml".to_vec()), Reason::Archive),
        ("another method", directory(|header| header.method = 0), Reason::Archive),
        ("other flags", directory(|header| header.flags = 1 << 5), Reason::Archive),
        ("another size", directory(|header| header.size += 1), Reason::Archive),
        ("another checksum", directory(|header| header.crc += 1), Reason::Archive),
        ("outside the file", directory(|header| header.compressed = 1 << 30), Reason::Archive),
    ]);
    let mut outside = docx();
    outside.record(&header("a.xml", 0, b"", 0), 1 << 30);
    let mut short = docx();
    short.count += 1;
    let mut long = docx();
    long.count -= 1;
    all([
        ("a part outside the file", outside.finish(), Reason::Archive),
        ("fewer parts than said", short.finish(), Reason::Archive),
        ("more parts than said", long.finish(), Reason::Archive),
    ]);
}

#[test]
fn the_large_sizes_do_not_lie() {
    let large = |values: &[u64]| {
        let mut extra = vec![1, 0, (values.len() * 8) as u8, 0];
        values.iter().for_each(|value| extra.extend(value.to_le_bytes()));
        extra
    };
    let lie = |size: u64| {
        both(|header| {
            header.size = u32::MAX;
            header.central_extra = large(&[size]);
            header.local_extra = large(&[size]);
        })
    };
    let mut end_64 = docx().finish_64(3);
    let record = end_64.len() - 22 - 20 - 56;
    end_64[record + 48] ^= 1;
    all([
        ("more than there is", lie(1 << 62), Reason::Bomb),
        ("one too many", lie(5), Reason::Archive),
        ("no value", both(|header| header.size = u32::MAX), Reason::Archive),
        ("a directory elsewhere", end_64, Reason::Archive),
    ]);
}

#[test]
fn archives_in_archives_are_refused() {
    let inner = docx().finish();
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0".to_vec();
    all([
        ("by name", docx().store("a.zip", &inner).finish(), Reason::EmbeddedFile),
        ("under another name", docx().store("a.png", &inner).finish(), Reason::NestedArchive),
        ("deflated", docx().deflate("a.png", &inner).finish(), Reason::NestedArchive),
        ("of another sort", docx().store("a.png", &gzip).finish(), Reason::NestedArchive),
        ("a program", docx().store("a.png", b"MZ\x90\0").finish(), Reason::EmbeddedFile),
        ("markup", docx().store("a.png", b"<html>").finish(), Reason::Uncheckable),
    ]);
}

#[test]
fn names_stay_in_the_archive_and_are_unique() {
    for name in ["../a.xml", "/a.xml", "a//b.xml", "a/./b.xml", "C:a.xml", "a\0.xml", ""] {
        refused(Kind::Docx, [(name, both(|header| header.name = name.into()), Reason::PartName)]);
    }
    let latin = both(|header| header.name = b"\xe9.xml".to_vec());
    let twice = docx().store("a.xml", b"<a/>").store("A.XML", b"<a/>").finish();
    let long = both(|header| header.name = [b"a".repeat(255), b".xml".to_vec()].concat());
    all([
        ("twice", twice, Reason::DuplicatePart),
        ("not UTF-8", latin, Reason::PartName),
        ("long", long, Reason::PartName),
        ("backslashes", both(|header| header.name = b"word\\a.xml".to_vec()), Reason::Backslash),
    ]);
}

#[test]
fn what_readers_ignore_in_headers_is_kept() {
    let data = deflated(b"<a/>");
    let whole = Header { flags: DESCRIPTOR, ..header("a.xml", 8, b"<a/>", data.len()) };
    let descriptor =
        [&b"PK\x07\x08"[..], &[whole.crc, whole.compressed, whole.size].map(u32::to_le_bytes).concat()];
    // Returns a document with the given local header, and its values after the data.
    let streamed = |local: Header, central: Header| {
        let mut zip = docx();
        let place = zip.bytes.len() as u32;
        zip.local(&local);
        zip.bytes.extend(&data);
        zip.bytes.extend(descriptor.concat());
        zip.record(&central, place);
        zip.finish()
    };
    let one_size = Header { crc: 0, compressed: 0, ..whole.clone() };
    let unmarked = Header { flags: 0, ..whole.clone() };
    let empty = Header { method: 8, ..header("word/empty.xml", 8, b"", 0) };
    kept(
        Kind::Docx,
        [
            ("one size before, all behind", streamed(one_size, whole.clone())),
            ("all of them twice", streamed(whole.clone(), whole.clone())),
            ("what follows is told on one side", streamed(whole.clone(), unmarked)),
            ("an empty part that is called deflated", docx().add(&empty, b"").finish()),
            ("how hard it was compressed", directory(|header| header.flags = 2)),
            ("line ends behind it", [honest(Kind::Docx, 100), b"\r\n".to_vec()].concat()),
            ("UTF-8", directory(|header| header.flags = 1 << 11)),
        ],
    );
    let lie = Header { size: 5, crc: 0, compressed: 0, ..whole.clone() };
    let unsaid = Header { flags: 0, ..whole.clone() };
    let announced = Header { size: 4, ..empty };
    all([
        ("another size before", streamed(lie, whole.clone()), Reason::Archive),
        ("values that nothing announces", streamed(unsaid, whole), Reason::Archive),
        ("no data for a size", docx().add(&announced, b"").finish(), Reason::Malformed),
    ]);
}

#[test]
fn what_is_encrypted_or_compressed_otherwise_cannot_be_checked() {
    all([
        ("encrypted", both(|header| header.flags = 1), Reason::Encrypted),
        ("headers masked", both(|header| header.flags = 1 << 13), Reason::Encrypted),
        ("bzip2", both(|header| header.method = 12), Reason::Uncheckable),
    ]);
}

#[test]
fn an_archive_ends_where_its_file_does() {
    let whole = honest(Kind::Docx, 100);
    let mut commented = whole.clone();
    let last = commented.len() - 2;
    commented[last] = 4;
    commented.extend(b"note");
    let short = [b"PK\x03\x04".to_vec(), end(0, 0, 4)].concat();
    all([
        ("cut", whole[..whole.len() - 1].to_vec(), Reason::Truncated),
        ("cut in the middle", whole[..whole.len() / 2].to_vec(), Reason::Truncated),
        ("something behind it", [whole.clone(), b"x".to_vec()].concat(), Reason::Trailing),
        ("many line ends behind it", [whole, b"\n".repeat(9)].concat(), Reason::Trailing),
        ("a comment", commented, Reason::Trailing),
        ("no parts", short, Reason::Archive),
    ]);
}
