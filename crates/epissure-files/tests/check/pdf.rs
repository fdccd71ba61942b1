use crate::corpus::{honest, pdf, refused, zip::Zip};
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
fn an_object_stream_is_compressed_in_the_one_usual_way_or_refused() {
    let data = pdf::compressed(b"9 0 <</S/JavaScript>>");
    let hidden = [
        "/Type/ObjStm/N 1/First 4/Filter[/ASCIIHexDecode/FlateDecode]",
        "/Type/ObjStm/N 1/First 4/Filter/LZWDecode",
        "/Type/ObjStm/N 1/First 4/Filter 5 0 R",
        "/Type/ObjStm/N 1/First 4/Filter/FlateDecode/DecodeParms<</Predictor 12>>",
        "/Type/ObjStm/N 1/First 4/F(http://x)",
    ];
    refused(Kind::Pdf, hidden.map(|it| (it, pdf::with(pdf::stream(it, &data)), Reason::Uncheckable)));
    let unnamed =
        ["/N 1/First 4/Filter/FlateDecode", "/N 1/F#69rst 4/Filter/Fl", "/N 1/First 4/X<</obj>>/Filter[/Fl]"];
    refused(Kind::Pdf, unnamed.map(|it| (it, pdf::with(pdf::stream(it, &data)), Reason::Script)));
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
    let nowhere = String::from_utf8_lossy(&pdf::root("")).replace("startxref\n", "startxref\n9");
    let files = [
        ("cut", whole[..whole.len() - 2].to_vec(), Reason::Truncated),
        ("cut before its table", whole[..300].to_vec(), Reason::Truncated),
        ("a table that is not in it", nowhere.into_bytes(), Reason::Truncated),
        ("something before it", before, Reason::Content),
        ("something behind it", [whole.clone(), b"<script>".to_vec()].concat(), Reason::Trailing),
        ("an archive behind it", zipped, Reason::Trailing),
        ("an archive with an end like its own", ended, Reason::Polyglot),
    ];
    refused(Kind::Pdf, files);
}
