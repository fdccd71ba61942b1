use crate::corpus::{honest, picture, refused, zip::Zip};
use epissure_files::{Kind, Reason};

fn archive(at: usize) -> Vec<u8> {
    let mut zip = Zip { bytes: vec![0; at], ..Zip::default() };
    zip.store("index.html", b"<script>alert(1)</script>").finish()[at..].to_vec()
}

#[test]
fn a_png_is_whole_and_nothing_is_behind_it() {
    let honest = honest(Kind::Png, 100);
    let end = picture::chunk(b"IEND", b"");
    let pixels = picture::chunk(b"IDAT", b"x");
    let mut damaged = honest.clone();
    damaged[70] ^= 1;
    let zipped = [honest.clone(), archive(honest.len())].concat();
    // Archive readers locate the directory from the end, whatever chunk contains it.
    let wrapped = picture::chunk(b"zzZz", &archive(100));
    let wrapped = picture::png_of(&[picture::header(1, 1), pixels.clone(), wrapped, end.clone()]);
    let files = [
        ("cut", honest[..honest.len() - 1].to_vec(), Reason::Truncated),
        ("damaged", damaged, Reason::Malformed),
        ("no pixels", picture::png_of(&[picture::header(1, 1), end.clone()]), Reason::Malformed),
        ("no header", picture::png_of(&[pixels.clone(), end.clone()]), Reason::Malformed),
        ("an archive behind it", zipped, Reason::TrailingArchive),
        ("text behind it", [&honest[..], b"\n<?php"].concat(), Reason::TrailingText),
        ("a program behind it", [&honest[..], b"\0\0MZ\x90"].concat(), Reason::TrailingProgram),
        ("a film behind it", [&honest[..], &picture::film(9)].concat(), Reason::TrailingFilm),
        ("bytes behind it", [&honest[..], b"\x12"].concat(), Reason::Trailing),
        ("an archive in it", wrapped, Reason::Polyglot),
        ("empty", picture::png_of(&[picture::header(0, 1), pixels.clone(), end.clone()]), Reason::Dimensions),
        (
            "too wide",
            picture::png_of(&[picture::header(30_001, 1), pixels.clone(), end.clone()]),
            Reason::Dimensions,
        ),
        ("too large", picture::png_of(&[picture::header(20_000, 20_000), pixels, end]), Reason::Dimensions),
    ];
    refused(Kind::Png, files);
}

#[test]
fn a_jpeg_is_whole_and_nothing_strange_is_behind_it() {
    let honest = honest(Kind::Jpeg, 100);
    let zipped = [honest.clone(), archive(honest.len())].concat();
    let noted = [honest.clone(), picture::notes(&archive(honest.len() + 22))].concat();
    let film = [honest.clone(), picture::notes(&[1; 70_000])].concat();
    let film_bytes = picture::film(50);
    let filmed = [&honest[..], &film_bytes, &archive(honest.len() + film_bytes.len())].concat();
    let endless = [&honest[..], &picture::film(9), b"\xff\xff\xff\xffmdat"].concat();
    let hiding = [&honest[..], &picture::film_of(&archive(honest.len() + 32))].concat();
    let mut gap = [&honest[..], &picture::notes(b"1")].concat();
    let offset = gap.len() - 16;
    gap[offset] += 1;
    let commented = |body: &[u8]| [&honest[..2], &picture::segment(0xfe, body), &honest[2..]].concat();
    let sized = |width, height| {
        let scan = [picture::segment(0xda, &[1, 1, 0, 0, 63, 0]), vec![1, 0xff, 0xd9]].concat();
        [vec![0xff, 0xd8], picture::frame(width, height), scan].concat()
    };
    let files = [
        ("cut", honest[..honest.len() - 1].to_vec(), Reason::Truncated),
        ("no scan", vec![0xff, 0xd8, 0xff, 0xd9], Reason::Malformed),
        ("not markers", b"\xff\xd8\xff\xe0\x00\x02nothing".to_vec(), Reason::Malformed),
        ("an archive behind it", zipped, Reason::TrailingArchive),
        ("an archive behind a film", filmed, Reason::TrailingArchive),
        ("a film that is cut", [&honest[..], &picture::film(99)[..90]].concat(), Reason::Truncated),
        ("a box of a film that has no end", endless, Reason::Truncated),
        ("an archive in the film", hiding, Reason::Polyglot),
        ("notes that leave a gap", gap, Reason::Trailing),
        ("an archive in the notes", noted, Reason::Polyglot),
        ("what is not a film in the notes", film, Reason::Trailing),
        ("text behind it", [honest.clone(), b"<?php".to_vec()].concat(), Reason::TrailingText),
        ("a script behind it", [&honest[..], b"\0\r\n#!/bin/sh"].concat(), Reason::TrailingText),
        (
            "an object behind it",
            [&honest[..], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"].concat(),
            Reason::TrailingProgram,
        ),
        ("bytes behind it", [&honest[..], b"\x14"].concat(), Reason::Trailing),
        ("many pictures", honest.repeat(65), Reason::Trailing),
        ("a PDF in a comment", commented(b"\n%PDF-1.7\n"), Reason::Polyglot),
        ("an archive at the end of the last comment", commented(&archive(6)), Reason::Polyglot),
        ("no height", sized(10, 0), Reason::Dimensions),
        ("too wide", sized(30_001, 1), Reason::Dimensions),
    ];
    refused(Kind::Jpeg, files);
}
