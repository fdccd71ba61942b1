//! Checks arbitrary bytes as a file of each kind, and as a part of each document format: no panic,
//! bounded reads.
//!
//! The first byte selects the kind. Wrapping bytes in an archive or a deflated stream reaches
//! parsers that random bytes would not reach, because a checksum precedes them.

#![no_main]

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use epissure_files::{FORMS, Kind, check};
use libfuzzer_sys::fuzz_target;

#[path = "../../tests/check/corpus/mod.rs"]
#[expect(dead_code, reason = "what makes honest and hostile files is for the tests")]
mod corpus;

/// Parts with a reader of their own.
const PARTS: &[(Kind, &str)] = &[
    (Kind::Docx, "word/a.xml"),
    (Kind::Docx, "word/_rels/a.xml.rels"),
    (Kind::Docx, "word/a.svg"),
    (Kind::Xlsx, "xl/a.png"),
    (Kind::Odt, "a.xml"),
    (Kind::Ods, "ObjectReplacements/a"),
    (Kind::Docx, "word/a.vml"),
];

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    let choice = usize::from(*choice);
    if let Some(form) = FORMS.get(choice) {
        return judge(form.kind, data);
    }
    match PARTS.get(choice - FORMS.len()) {
        Some((kind @ (Kind::Docx | Kind::Xlsx), name)) => judge(*kind, &corpus::ooxml::part(*kind, name, data)),
        Some((kind, name)) => judge(*kind, &corpus::odf::part(*kind, name, data)),
        None if choice % 2 == 0 => judge(Kind::Pdf, &corpus::pdf::with(data)),
        None => {
            let stream = corpus::pdf::stream("/N 1/First 4/Filter/FlateDecode", &corpus::pdf::compressed(data));
            judge(Kind::Pdf, &corpus::pdf::with(stream));
        }
    }
});

fn judge(kind: Kind, bytes: &[u8]) {
    let mut file = Counted { file: Cursor::new(bytes), read: 0 };
    check(&mut file, kind).expect("memory does not fail");
    // Budget: a few passes, and a buffer for each part or object stream.
    let parts = 1 + bytes.len() as u64 / 20;
    assert!(file.read <= 8 * bytes.len() as u64 + parts * 3 * 16_384, "{} of {}", file.read, bytes.len());
}

/// Reader that counts the bytes read.
struct Counted<'a> {
    file: Cursor<&'a [u8]>,
    read: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.file.seek(place)
    }
}
