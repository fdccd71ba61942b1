use crate::corpus::{honest, kept, pdf, refused, zip::Zip};
use epissure_files::{Kind, Reason};

#[test]
fn actions_are_refused_wherever_they_are_named() {
    let files = [
        ("JavaScript", "<</S/JavaScript/JS(app.alert\\(1\\))>>", Reason::Script),
        ("escaped", "<</S/J#61v#61Script>>", Reason::Script),
        ("all of it escaped", "<</#4a#53 (a)>>", Reason::Script),
        ("in two objects", "/JavaScript", Reason::Script),
        ("Launch", "<</S/Launch/F(cmd.exe)>>", Reason::ActiveContent),
        ("a form that is sent", "<</S /SubmitForm /F(http://x)>>", Reason::ActiveContent),
        ("a form that computes", "<</XFA 5 0 R>>", Reason::ActiveContent),
        ("a player", "<</Subtype/RichMedia>>", Reason::ActiveContent),
        ("actions on events", "<</AA <</O 5 0 R>>>>", Reason::ActiveContent),
        ("actions on events, elsewhere", "<</AA % here\n 5 0 R>>", Reason::ActiveContent),
        ("another file", "<</S/GoToR/F(a.pdf)>>", Reason::ExternalReference),
        ("a file inside", "<</Type/EmbeddedFile>>", Reason::EmbeddedFile),
        ("files by name", "<</EmbeddedFiles<<>>>>", Reason::EmbeddedFile),
        ("a file specification", "<</EF<</F 5 0 R>>>>", Reason::EmbeddedFile),
        ("a file to open", "<</Subtype/FileAttachment>>", Reason::EmbeddedFile),
        ("encrypted", "<</Encrypt 5 0 R>>", Reason::Encrypted),
    ];
    refused(Kind::Pdf, files.map(|(name, object, reason)| (name, pdf::with(object), reason)));
    let inside = files.map(|(name, object, reason)| (name, pdf::with(pdf::object_stream(object)), reason));
    refused(Kind::Pdf, inside);
}

#[test]
fn what_opens_with_the_document_may_only_navigate() {
    let opening = |action: &str| pdf::root(&format!("/OpenAction {action}"));
    let elsewhere = |action: &str| {
        let root = b"<</Type/Catalog/Pages 2 0 R/OpenAction 3 0 R>>".to_vec();
        [root, pdf::PAGES.into(), action.into()]
    };
    let visit = "<</S/URI/URI(http://x)>>";
    let [root, pages, _] = elsewhere("");
    let packed = pdf::document(&[root, pages, pdf::object_stream(visit)]);
    let files = [
        ("visits", opening(visit)),
        ("visits afterwards", opening("<</S/GoTo/Next 5 0 R>>")),
        ("says so elsewhere", opening("<</S 5 0 R>>")),
        ("hides", opening("<</S/Hide>>")),
        ("visits, by reference", pdf::document(&elsewhere(visit))),
        ("visits, by two references", pdf::document(&elsewhere("<</S 7 0 R/URI(http://x)>>"))),
        ("visits afterwards, by reference", pdf::document(&elsewhere("<</S/GoTo/Next<</S/URI>>>>"))),
        ("visits, in an object stream", packed),
    ];
    refused(Kind::Pdf, files.map(|(name, file)| (name, file, Reason::ActiveContent)));
}

#[test]
fn nothing_hides_where_a_reader_would_not_look() {
    let script = "5 0 obj<</S/JavaScript>>endobj";
    let objects = pdf::object_stream("<</S/JavaScript>>");
    let objects = String::from_utf8_lossy(&objects).into_owned();
    let files = [
        ("a comment", format!("<<>>%{script}\n"), Reason::Script),
        ("a string", format!("({script})"), Reason::Script),
        ("a hexadecimal string", format!("<{script}"), Reason::Script),
        ("a picture", format!("<</Length 9>>stream\n{script}\nendstream"), Reason::Script),
        ("objects in a comment", format!("%{objects}"), Reason::Uncheckable),
        ("objects in a string", format!("({objects})"), Reason::Uncheckable),
        ("objects in a picture", format!("<</Length 9>>stream\n{objects}"), Reason::Uncheckable),
        (
            "objects half in a comment",
            "% 5 0 obj<</First\n4/Filter/FlateDecode>>stream\n".into(),
            Reason::Uncheckable,
        ),
    ];
    refused(Kind::Pdf, files.map(|(name, object, reason)| (name, pdf::with(object), reason)));
}

#[test]
fn names_count_where_names_stand() {
    let files = [
        ("a title", "<</Title(Comment utiliser /Launch et /JavaScript)>>".to_owned()),
        ("a title in hexadecimal", "<</Title<2F4A61766153637269707420>>>".to_owned()),
        ("an address", "<</S/URI/URI(https://example.org/JavaScript/EmbeddedFile/RichMedia)>>".to_owned()),
        ("a comment", "<<>> % written by HTML/JavaScript\n".to_owned()),
        ("text of a page", "<</Length 9>>stream\nBT (HTML/JavaScript /ObjStm) Tj ET\nendstream".to_owned()),
        (
            "metadata",
            "<</Type/Metadata/Subtype/XML>>stream\n<x:xmpmeta>a/JavaScript /Launch 1</x:xmpmeta>\nendstream"
                .to_owned(),
        ),
        ("a marked text", "<<>>stream\n/Span<</Lang(fr)>>BDC(/Rendition )Tj EMC\nendstream".to_owned()),
        ("an object that is spoken of", "<</Title(the objective of obj.method is /Launch )>>".to_owned()),
    ];
    kept(Kind::Pdf, files.map(|(name, object)| (name, pdf::with(object))));
    // A table could lead a reader there.
    let hidden = [
        ("in a string", "(5 0 obj<</S/Launch>>)", Reason::ActiveContent),
        ("in a string, escaped", "(5 0 obj<</S/L#61unch>>)", Reason::ActiveContent),
        ("behind a comment", "(5 0 obj % \n<</S/Launch>>)", Reason::ActiveContent),
        ("in two strings", "[(5 0 obj<</A % )\n( \n/S/Launch>>)]", Reason::ActiveContent),
        ("without spaces", "(5 0obj<</S/Launch>>)", Reason::ActiveContent),
        ("with a number behind", "(5 0 obj1<</S/Launch>>)", Reason::ActiveContent),
        ("after the end of it", "(5 0 obj(endobj)/S/Launch)", Reason::ActiveContent),
        ("a link", "(5 0 obj<</S/URI/URI(file:///c:/a)>>)", Reason::ExternalReference),
        ("an object stream", "(5 0 obj<</N 1/First 4>>stream)", Reason::Uncheckable),
        ("a count", "(5 0 obj<</N 1>>stream)", Reason::Uncheckable),
        (
            "behind the end of a stream that is none",
            "<</Length 13>>stream\nendstream (\nendstream\nendobj\n5 0 obj<</S/GoToR/F(a)>>",
            Reason::ExternalReference,
        ),
    ];
    refused(Kind::Pdf, hidden.map(|(name, object, reason)| (name, pdf::with(object), reason)));
}

#[test]
fn links_follow_the_rule_of_links() {
    let of = |uri: &str| format!("<</Type/Annot/Subtype/Link/A<</S/URI/URI{uri}>>>>");
    let waiting = [
        "(https://example.org/a\\(b\\))",
        "<68747470733A2F2F6578616D706C652E6F7267>",
        "(mailto:a@example.org)",
        "(www.example.org)",
        " % here\n(tel:+33123456789)",
    ];
    kept(Kind::Pdf, waiting.map(|uri| (uri, pdf::with(of(uri)))));
    let outside = [
        "(file:///c:/a)",
        "(\\\\\\\\server\\\\share)",
        "(\\134\\134server\\134share)",
        "(FI\\\nLE:///c:/a)",
        "<66696C653A2F2F2F63>",
        "(\\376\\377\\000f\\000i\\000l\\000e\\000:\\000/)",
        "(%66ile:///a)",
        "(search-ms:query=a)",
        "(../a.exe)",
        "( //server/a)",
    ];
    let plain = outside.map(|uri| (uri, pdf::with(of(uri)), Reason::ExternalReference));
    refused(Kind::Pdf, plain);
    let packed = outside.map(|uri| (uri, pdf::with(pdf::object_stream(&of(uri))), Reason::ExternalReference));
    refused(Kind::Pdf, packed);
    let script = of("(java\\nscript:app.alert\\(1\\))");
    refused(Kind::Pdf, [("a script", pdf::with(script), Reason::Script)]);
    // By reference, in either order, and in an object stream.
    let elsewhere =
        |target: &[u8]| pdf::document(&[pdf::ROOT.into(), target.to_vec(), of(" 2 0 R").into_bytes()]);
    let late = pdf::document(&[pdf::ROOT.into(), of(" 3 0 R").into_bytes(), b"(\\\\\\\\server)".to_vec()]);
    let files = [
        ("before", elsewhere(b"(file:///c:/a)")),
        ("after", late),
        ("in an object stream", elsewhere(&pdf::object_stream("(file:///c:/a)"))),
        ("a base", pdf::root("/URI<</Base(file:///c:/)>>")),
    ];
    refused(Kind::Pdf, files.map(|(name, file)| (name, file, Reason::ExternalReference)));
    let encrypted = pdf::document(&[
        pdf::ROOT.into(),
        pdf::PAGES.into(),
        of("(\\x12\\\\\\x83:/)").into_bytes(),
        b"<</Encrypt 5 0 R>>".to_vec(),
    ]);
    refused(Kind::Pdf, [("an encrypted one is told as such", encrypted, Reason::Encrypted)]);
    let dated = pdf::document(&[
        pdf::ROOT.into(),
        b"(https://example.org)".to_vec(),
        of(" 2 0 R").into_bytes(),
        b"(D:20260102030405+01'00')".to_vec(),
        b"(Plan : lot 2 / 3)".to_vec(),
    ]);
    kept(Kind::Pdf, [("by reference", dated)]);
}

#[test]
fn damage_that_every_reader_repairs_is_kept() {
    let whole = String::from_utf8_lossy(&pdf::with("<</Type/Font>>")).into_owned();
    let files = [
        ("a table that is elsewhere", whole.replace("startxref\n", "startxref\n1")),
        ("a table that is not in the file", whole.replace("startxref\n", "startxref\n999")),
        ("no number", whole.replace("startxref\n", "startxref\nx")),
        ("bytes behind the end", format!("{whole}\r\n\0\0junk\u{ff}")),
        ("bytes behind the end of its line", whole.replace("%%EOF\n", "%%EOF junk\n")),
        ("a line end before it", format!("\r\n {whole}")),
        ("a mark of UTF-8 before it", format!("\u{FEFF}{whole}")),
    ];
    kept(Kind::Pdf, files.map(|(name, file)| (name, file.into_bytes())));
}

#[test]
fn an_object_stream_is_compressed_in_the_one_usual_way_or_refused() {
    let data = pdf::compressed(b"9 0 <</S/JavaScript>>");
    let hidden = [
        "/Type/ObjStm/N 1/First 4/Filter[/ASCIIHexDecode/FlateDecode]",
        "/Type/ObjStm/N 1/First 4/Filter/LZWDecode",
        "/Type/ObjStm/N 1/First 4/Filter 5 0 R",
        "/Type/ObjStm/N 1/First 4/Filter/FlateDecode/DecodeParms<</Predictor 12>>",
    ];
    refused(Kind::Pdf, hidden.map(|it| (it, pdf::with(pdf::stream(it, &data)), Reason::Uncheckable)));
    let elsewhere =
        ["/Type/ObjStm/N 1/First 4/F(http://x)", "/F<</FS/URL/F(http://x)>>", "/F 5 0 R/Length 0"];
    refused(
        Kind::Pdf,
        elsewhere.map(|it| (it, pdf::with(pdf::stream(it, &data)), Reason::ExternalReference)),
    );
    let unnamed = [
        "/N 1/First 4/Filter/FlateDecode",
        "/N 1/F#69rst 4/Filter/Fl",
        "/N 1/First 4/X<</obj>>/Filter[/Fl]",
        // Some readers require only a count.
        "/N 1/Filter/FlateDecode",
        "/#4e 1/Alternate/DeviceRGB/Filter[/Fl]",
    ];
    refused(Kind::Pdf, unnamed.map(|it| (it, pdf::with(pdf::stream(it, &data)), Reason::Script)));
    let plain = pdf::stream("/N 1", b"9 0 <</S/JavaScript>>");
    refused(Kind::Pdf, [("as it is", pdf::with(plain), Reason::Script)]);
    let table = pdf::stream("/Type/XRef/W[1 2 1]/Root 1 0 R/Filter/FlateDecode", &pdf::compressed(b"\x02"));
    for unusual in ["/N 1/Filter/LZWDecode", "/N 1/Filter/FlateDecode/DecodeParms<</Predictor 12>>"] {
        let document = pdf::document(&[pdf::ROOT.into(), table.clone(), pdf::stream(unusual, &data)]);
        refused(Kind::Pdf, [(unusual, document, Reason::Uncheckable)]);
        // Without a cross-reference stream, no reference leads into the stream.
        kept(Kind::Pdf, [(unusual, pdf::with(pdf::stream(unusual, &data)))]);
    }
    let broken = pdf::stream("/Type/ObjStm/N 1/First 4/Filter/FlateDecode", b"not deflated");
    refused(Kind::Pdf, [("not deflated", pdf::with(broken), Reason::Malformed)]);
}

#[test]
fn an_object_stream_that_inflates_to_too_much_ends_early() {
    let bomb = pdf::object_stream(&" ".repeat(20_000_000));
    refused(Kind::Pdf, [("a ratio of a thousand", pdf::with(&bomb), Reason::Bomb)]);
    let many = pdf::object_stream(&" ".repeat(500_000)).repeat(4);
    refused(Kind::Pdf, [("many of them", pdf::with(&many), Reason::Bomb)]);
}

#[test]
fn a_document_begins_and_ends_where_its_file_does() {
    let whole = honest(Kind::Pdf, 100);
    let mut zip = Zip { bytes: whole.clone(), ..Zip::default() };
    let zipped = zip.store("a.html", b"x").finish();
    let ended = [&zipped[..zipped.len() - 2], b"\x20\0\nstartxref\n15\n%%EOF\n"].concat();
    let before = [b"#!/bin/sh\n".to_vec(), whole.clone()].concat();
    let updated = [&whole[..], b"9 0 obj<<>>endobj"].concat();
    let files = [
        ("cut", whole[..whole.len() - 2].to_vec(), Reason::Truncated),
        ("cut before its table", whole[..300].to_vec(), Reason::Truncated),
        ("objects behind it", updated, Reason::Trailing),
        ("much behind it", [whole.clone(), b"x".repeat(257)].concat(), Reason::Trailing),
        ("a program behind it", [whole.clone(), b"MZ\x90\0".to_vec()].concat(), Reason::Trailing),
        ("no object", b"%PDF-1.4\n%%EOF\n".to_vec(), Reason::Malformed),
        ("something before it", before, Reason::Content),
        ("something behind it", [whole.clone(), b"<script>".to_vec()].concat(), Reason::Trailing),
        ("an archive behind it", zipped, Reason::Trailing),
        ("an archive with an end like its own", ended, Reason::Polyglot),
    ];
    refused(Kind::Pdf, files);
}
