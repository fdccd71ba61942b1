use crate::corpus::{honest, kinds, ooxml, refused, verdict};
use epissure_files::{Kind, Reason, Verdict};

#[test]
fn a_file_of_one_kind_is_not_kept_as_another() {
    for content in kinds() {
        let file = honest(content, 100);
        for kind in kinds().filter(|kind| *kind != content) {
            let said = verdict(kind, &file);
            assert_eq!(said, Verdict::Rejected(Reason::Content), "{content:?} as {kind:?}");
        }
    }
}

#[test]
fn a_program_a_page_or_nothing_is_of_no_kind() {
    for kind in kinds() {
        let files = [
            ("nothing", b"".to_vec(), Reason::Empty),
            ("a program", b"MZ\x90\x00\x03".to_vec(), Reason::Content),
            ("an archive of another sort", b"Rar!\x1a\x07\x00".to_vec(), Reason::Content),
            ("a page", b"<!DOCTYPE html><script>1</script>".to_vec(), html(kind)),
        ];
        refused(kind, files);
    }
}

/// HTML is markup, as SVG is, until its document type is read.
fn html(kind: Kind) -> Reason {
    if kind == Kind::Svg { Reason::DocumentType } else { Reason::Content }
}

#[test]
fn a_csv_is_nothing_but_text() {
    let files = [
        ("NUL", b"a;b\0\n".to_vec(), Reason::Content),
        ("UTF-16", b"\xff\xfea\0;\0".to_vec(), Reason::Content),
        ("control characters", b"a\x1b[2J\n".to_vec(), Reason::Content),
        ("no character of Windows-1252, nor UTF-8", b"a\x81\xff\n".to_vec(), Reason::Content),
        ("markup", b" \n<svg xmlns='x'/>".to_vec(), Reason::Content),
        ("a shell script", b"#!/bin/sh\nrm -r .\n".to_vec(), Reason::Content),
    ];
    refused(Kind::Csv, files);
}

#[test]
fn a_document_with_a_password_is_told_from_one_of_the_old_format() {
    let mut old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    old.resize(4096, 0);
    let mut encrypted = old.clone();
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    encrypted[2048 + 128..][..name.len()].copy_from_slice(&name);
    for kind in [Kind::Xlsx, Kind::Docx] {
        refused(
            kind,
            [("old", old.clone(), Reason::Content), ("encrypted", encrypted.clone(), Reason::Encrypted)],
        );
    }
}

#[test]
fn a_text_and_a_sheet_are_told_apart_by_their_main_part() {
    let template = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml";
    let files = [
        ("a sheet", ooxml::typed(Kind::Docx, ooxml::main_type(Kind::Xlsx), ""), Reason::Content),
        ("a template", ooxml::typed(Kind::Docx, template, ""), Reason::Content),
    ];
    refused(Kind::Docx, files);
}
