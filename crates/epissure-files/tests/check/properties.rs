use std::io::{self, Cursor, Read, Seek, SeekFrom};

use proptest::prelude::*;

use crate::corpus::zip::Zip;
use crate::corpus::{honest, kinds, odf, ooxml, pdf, picture, verdict};
use epissure_files::{Kind, Verdict, check};

fn any_kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(kinds().collect::<Vec<_>>())
}

/// Generates sequences of format fragments, which reach deeper code than random bytes.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        &b"PK\x03\x04"[..],
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"\xff\xd8\xff",
        b"\xff\xda\0\x02",
        b"\xff\xd9",
        b"%PDF-1.7\n",
        b"1 0 obj<<",
        b">>stream\n",
        b"/First 4",
        b"/Filter/FlateDecode",
        b"endstream",
        b"\nstartxref\n0\n%%EOF",
        b"(",
        b")",
        b"<svg xmlns='http://www.w3.org/2000/svg'",
        b">",
        b"<![CDATA[",
        b"]]>",
        b"</svg>",
        b"&#x41;",
        b"style='url(\\",
        b"'",
        b"\x89PNG\r\n\x1a\n",
        b"IHDR",
        b"IEND",
        b"\0\0\0\x0d",
        b"/#4",
        b"xml:a='",
    ]);
    let piece = prop_oneof![pieces.prop_map(<[u8]>::to_vec), prop::collection::vec(any::<u8>(), 0..40)];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

/// Medium that fails from this byte on.
struct Failing {
    file: Cursor<Vec<u8>>,
    fails: u64,
}

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let readable = self.fails.saturating_sub(self.file.position()).min(buffer.len() as u64) as usize;
        if readable == 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.file.read(&mut buffer[..readable])
    }
}

impl Seek for Failing {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.file.seek(place)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_panic(kind in any_kind(), bytes in soup()) {
        verdict(kind, &bytes);
        let signed = match kind.form().signature {
            epissure_files::Signature::Bytes(signature) => [signature, &bytes].concat(),
            _ => [b"<svg xmlns='http://www.w3.org/2000/svg'>", &bytes[..]].concat(),
        };
        verdict(kind, &signed);
    }

    #[test]
    fn no_part_of_a_document_panics(bytes in soup(), name in "(word/)?[a-z]{1,5}\\.(xml|rels|svg|png|vml)") {
        for kind in [Kind::Docx, Kind::Xlsx] {
            verdict(kind, &ooxml::part(kind, &name, &bytes));
        }
        verdict(Kind::Odt, &odf::part(Kind::Odt, &name, &bytes));
        verdict(Kind::Pdf, &pdf::with(&bytes));
        verdict(Kind::Pdf, &pdf::with(pdf::object_stream(&String::from_utf8_lossy(&bytes))));
    }

    #[test]
    fn a_changed_byte_never_panics(kind in any_kind(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut file = honest(kind, 50);
        let at = at.index(file.len());
        file[at] = byte;
        verdict(kind, &file);
    }

    #[test]
    fn what_is_cut_is_never_kept(kind in any_kind(), at in any::<prop::sample::Index>()) {
        let file = honest(kind, 200);
        // Line ends after the last keyword of a format are not a part of it; a CSV has no last
        // keyword.
        let whole = file.trim_ascii_end().len();
        if kind != Kind::Csv {
            prop_assert_ne!(verdict(kind, &file[..at.index(whole)]), Verdict::Validated);
        }
    }

    #[test]
    fn a_medium_that_fails_is_no_verdict(kind in any_kind(), at in any::<prop::sample::Index>()) {
        let file = honest(kind, 50);
        let fails = at.index(file.len()) as u64;
        let mut failing = Failing { file: Cursor::new(file), fails };
        prop_assert_eq!(check(&mut failing, kind).map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
    }

    #[test]
    fn a_changed_byte_of_what_is_summed_is_seen(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let png = picture::png(b"pixels");
        let mut changed = png.clone();
        let at = 8 + at.index(png.len() - 8);
        changed[at] ^= flip;
        prop_assert_ne!(verdict(Kind::Png, &changed), Verdict::Validated);
    }

    #[test]
    fn an_archive_with_other_numbers_does_not_panic(
        fields in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut zip = Zip::default();
        zip.store("a", b"b").stream("c", b"d");
        let mut file = zip.finish_64(2);
        for (at, byte) in fields {
            let at = at.index(file.len() - 4) + 4;
            file[at] = byte;
        }
        verdict(Kind::Docx, &file);
    }
}
