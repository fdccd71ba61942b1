//! The memory of a check does not depend on the file. This test has a process of its own, because
//! it counts every allocation.

#[path = "check/corpus/mod.rs"]
#[expect(dead_code, reason = "the pieces of hostile files are for the other tests")]
mod corpus;

use std::io::Write;

use epissure_files::{Kind, Reason, Verdict, check};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Maximum memory, in bytes: buffers, a directory with the maximum number of parts, one markup
/// event of maximum length.
const HELD: usize = 4 << 20;

/// Returns the verdict on a file on disk, and the peak memory of the check, in bytes.
fn measured(kind: Kind, content: Vec<u8>) -> (Verdict, usize) {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&content).expect("written");
    drop(content);
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let verdict = check(&mut file, kind).expect("read");
    (verdict, ALLOCATED.peak_usage().saturating_sub(before))
}

#[test]
fn a_check_holds_little_whatever_the_file() {
    for kind in corpus::kinds() {
        let (verdict, held) = measured(kind, corpus::honest(kind, 20 << 20));
        assert_eq!(verdict, Verdict::Validated, "{kind:?}");
        assert!(held < HELD, "{kind:?} held {held}");
    }

    let row = "<row><c><v>12</v></c><c><v>3.5</v></c></row>".repeat(1 << 18);
    let padding = corpus::noise(1 << 20);
    let sheet = corpus::ooxml::plain(Kind::Xlsx)
        .deflate("xl/worksheets/sheet1.xml", format!("<sheetData>{row}</sheetData>").as_bytes())
        .store("xl/media/a.png", &padding)
        .finish();
    let one_text =
        corpus::ooxml::part(Kind::Docx, "a.xml", format!("<a>{}</a>", "(".repeat(3 << 20)).as_bytes());
    let one_word = format!("<svg xmlns='http://www.w3.org/2000/svg'><{}", "a".repeat(20 << 20));
    let many_streams = corpus::pdf::with(corpus::pdf::object_stream("<</Type/Font>>").repeat(10_000));
    let open = format!(
        "<svg xmlns='http://www.w3.org/2000/svg'>{}",
        format!("<g a='{}'>", "(".repeat(500_000)).repeat(30)
    );
    let name = "x".repeat(240);
    let mut many_parts = corpus::ooxml::plain(Kind::Docx);
    (0..4000).for_each(|number| {
        many_parts.store(&format!("{name}{number}.xml"), b"<a/>");
    });
    let files = [
        ("many parts", Kind::Docx, many_parts.finish(), Verdict::Validated),
        ("12 MB of rows", Kind::Xlsx, sheet, Verdict::Validated),
        ("one text", Kind::Docx, one_text, Verdict::Rejected(Reason::Bomb)),
        ("one word", Kind::Svg, one_word.into_bytes(), Verdict::Rejected(Reason::Malformed)),
        ("many object streams", Kind::Pdf, many_streams, Verdict::Validated),
        ("open elements", Kind::Svg, open.into_bytes(), Verdict::Rejected(Reason::Uncheckable)),
    ];
    for (name, kind, content, expected) in files {
        let (verdict, held) = measured(kind, content);
        assert_eq!(verdict, expected, "{name}");

        assert!(held < HELD, "{name} held {held}");
    }
}
