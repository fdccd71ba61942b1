use crate::corpus::{odf, ooxml, refused};
use epissure_files::{Kind, Reason};

#[test]
fn parts_that_act_are_refused_by_name() {
    let parts = [
        ("word/vbaProject.bin", Reason::Macro),
        ("xl/VBAPROJECT.BIN", Reason::Macro),
        ("word/vbaData.xml", Reason::Macro),
        ("xl/macrosheets/sheet1.xml", Reason::Macro),
        ("customUI/customUI14.xml", Reason::Macro),
        ("word/activeX/activeX1.xml", Reason::ActiveContent),
        ("word/webextensions/taskpanes.xml", Reason::ActiveContent),
        ("word/embeddings/oleObject1.bin", Reason::EmbeddedFile),
        ("xl/embeddings/Microsoft_Word.docx", Reason::EmbeddedFile),
        ("word/a.bin", Reason::EmbeddedFile),
        ("word/afchunk.mht", Reason::EmbeddedFile),
        ("a", Reason::EmbeddedFile),
        ("xl/externalLinks/externalLink1.xml", Reason::ExternalReference),
        ("xl/connections.xml", Reason::ExternalReference),
    ];
    for kind in [Kind::Docx, Kind::Xlsx] {
        refused(kind, parts.map(|(name, reason)| (name, ooxml::part(kind, name, b"<a/>"), reason)));
    }
}

#[test]
fn parts_that_act_are_refused_by_content_type() {
    let main = "application/vnd.ms-word.document.macroEnabled.main+xml";
    let default = |content_type: &str| format!(r#"<Default Extension="png" ContentType="{content_type}"/>"#);
    let more = [
        ("application/vnd.ms-office.vbaProject", Reason::Macro),
        ("application/vnd.openxmlformats-officedocument.oleObject", Reason::EmbeddedFile),
        ("application/vnd.ms-office.activeX", Reason::ActiveContent),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml", Reason::Uncheckable),
    ];
    let of = |more: &str| ooxml::typed(Kind::Docx, ooxml::main_type(Kind::Docx), &default(more));
    refused(Kind::Docx, more.map(|(content_type, reason)| (content_type, of(content_type), reason)));
    refused(Kind::Docx, [("the main part", ooxml::typed(Kind::Docx, main, ""), Reason::Macro)]);
}

#[test]
fn relationships_lead_inside_but_for_links_to_follow() {
    let outside = [
        ("image", "https://example.org/a.png"),
        ("attachedTemplate", "https://example.org/a.dotm"),
        ("hyperlink", "file:///etc/passwd"),
        ("hyperlink", r"\\server\share\a.docx"),
        ("hyperlink", "autre.docx"),
        ("customXml", "a.xml"),
    ];
    let files = outside
        .map(|(kind, target)| (target, ooxml::related(Kind::Docx, &ooxml::relationship(kind, target, true))));
    refused(Kind::Docx, files.map(|(target, file)| (target, file, Reason::ExternalReference)));
    let inside = [
        ("image", "http://example.org/a.png", Reason::ExternalReference),
        ("oleObject", "media/a.png", Reason::EmbeddedFile),
        ("aFChunk", "a.xml", Reason::EmbeddedFile),
        ("control", "a.xml", Reason::ActiveContent),
        ("vbaProject", "a.png", Reason::Macro),
        ("subDocument", "a.xml", Reason::ExternalReference),
    ];
    let of = |kind, target| ooxml::related(Kind::Docx, &ooxml::relationship(kind, target, false));
    refused(Kind::Docx, inside.map(|(kind, target, reason)| (kind, of(kind, target), reason)));
    let script = ooxml::relationship("hyperlink", "javascript:alert(1)", true);
    refused(Kind::Docx, [("a script", ooxml::related(Kind::Docx, &script), Reason::Script)]);
    let mode = ooxml::relationship("image", "a", true).replace("External", " eXternal ");
    refused(Kind::Docx, [("a mode", ooxml::related(Kind::Docx, &mode), Reason::ExternalReference)]);
}

#[test]
fn fields_and_formulas_fetch_nothing() {
    let fields = [
        r#"<w:instrText>DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc"</w:instrText>"#,
        "<w:fldChar/><w:r><w:instrText> D</w:instrText></w:r><w:r><w:instrText>DE</w:instrText></w:r>",
        "<w:instrText>&#x44;DE <![CDATA[a]]></w:instrText>",
        r#"<w:fldSimple w:instr=' includepicture "http://x" '/>"#,
        "<v:imagedata src='https://example.org/a.png'/>",
    ];
    refused(Kind::Docx, fields.map(|it| (it, ooxml::content(Kind::Docx, it), Reason::ExternalReference)));
    let formulas =
        ["<f>WEBSERVICE(\"http://x\")</f>", "<f>1+_xlfn.WEBSERVICE (A1)</f>", "<ddeLink ddeService='cmd'/>"];
    refused(Kind::Xlsx, formulas.map(|it| (it, ooxml::content(Kind::Xlsx, it), Reason::ExternalReference)));
}

#[test]
fn elements_that_open_something_are_refused_whatever_their_relationship_says() {
    let elements = [
        ("<o:OLEObject xmlns:o='urn:o' r:id='r'/>", Reason::EmbeddedFile),
        ("<w:altChunk r:id='r'/>", Reason::EmbeddedFile),
        ("<w:attachedTemplate r:id='r'/>", Reason::ExternalReference),
        ("<w:subDoc r:id='r'/>", Reason::ExternalReference),
        ("<a:blip xmlns:a='urn:a' r:link='r'/>", Reason::ExternalReference),
    ];
    refused(
        Kind::Docx,
        elements.map(|(inside, reason)| (inside, ooxml::content(Kind::Docx, inside), reason)),
    );
}

#[test]
fn parts_are_xml_without_declarations_nor_scripts() {
    let declared = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>";
    let drawing = b"<svg xmlns='http://www.w3.org/2000/svg' onload='a()'/>";
    for kind in [Kind::Docx, Kind::Xlsx] {
        let files = [
            ("entities", ooxml::part(kind, "a.xml", declared), Reason::DocumentType),
            ("damaged", ooxml::part(kind, "a.xml", b"<a>"), Reason::Truncated),
            ("a drawing with a script", ooxml::part(kind, "a.svg", drawing), Reason::Script),
        ];
        refused(kind, files);
    }
    for kind in [Kind::Odt, Kind::Ods] {
        let files = [
            ("entities", odf::part(kind, "a.xml", declared), Reason::DocumentType),
            ("a drawing with a script", odf::part(kind, "Pictures/a.svg", drawing), Reason::Script),
        ];
        refused(kind, files);
    }
}

#[test]
fn parts_of_open_documents_that_act_are_refused() {
    let parts = [
        ("Basic/Standard/Module1.xml", Reason::Macro),
        ("Scripts/python/a.py", Reason::Macro),
        ("Dialogs/a.xml", Reason::Macro),
        ("Configurations2/menubar/menubar.xml", Reason::Macro),
        ("Object 1", Reason::EmbeddedFile),
        ("a.exe", Reason::EmbeddedFile),
    ];
    for kind in [Kind::Odt, Kind::Ods] {
        refused(kind, parts.map(|(name, reason)| (name, odf::part(kind, name, b"<a/>"), reason)));
        let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
        let hidden = odf::part(kind, "ObjectReplacements/Object 1", ole);
        refused(kind, [("an OLE object as a picture", hidden, Reason::EmbeddedFile)]);
    }
}

#[test]
fn elements_of_open_documents_that_act_or_fetch_are_refused() {
    let elements = [
        ("<office:script/>", Reason::Macro),
        (
            "<script:event-listener script:event-name='dom:load' xlink:href='vnd.sun.star.script:a'/>",
            Reason::Macro,
        ),
        ("<x:listener xmlns:x='urn:oasis:names:tc:opendocument:xmlns:script:1.0'/>", Reason::Macro),
        ("<text:a xlink:href='vnd.sun.star.script:a.b?language=Basic'/>", Reason::Macro),
        ("<text:a xlink:href='file:///etc/passwd'/>", Reason::ExternalReference),
        ("<text:a xlink:href='javascript:alert(1)'/>", Reason::Script),
        ("<draw:image xlink:href='https://example.org/a.png'/>", Reason::ExternalReference),
        ("<draw:image xlink:href='../a.png'/>", Reason::ExternalReference),
        ("<text:section-source xlink:href='//server/a.odt'/>", Reason::ExternalReference),
        ("<meta:template xlink:href='https://example.org/a.ott'/>", Reason::ExternalReference),
        ("<meta:template xlink:href='file://server/a.ott'/>", Reason::ExternalReference),
        ("<table:table-cell table:formula='of:=DDE(\"a\";\"b\";\"c\")'/>", Reason::ExternalReference),
        ("<office:dde-source/>", Reason::ExternalReference),
        ("<draw:object-ole xlink:href='./Object 1'/>", Reason::EmbeddedFile),
        ("<draw:plugin/>", Reason::ActiveContent),
    ];
    for kind in [Kind::Odt, Kind::Ods] {
        refused(kind, elements.map(|(inside, reason)| (inside, odf::content(kind, inside), reason)));
    }
}

#[test]
fn an_open_document_says_first_what_it_is() {
    let mut late = crate::corpus::zip::Zip::default();
    late.deflate("content.xml", b"<a/>").store("mimetype", Kind::Odt.media_type().as_bytes());
    let mut deflated = crate::corpus::zip::Zip::default();
    deflated.deflate("mimetype", Kind::Odt.media_type().as_bytes()).deflate("content.xml", b"<a/>");
    let encrypted = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>";
    let mut encrypted = odf::package(Kind::Odt, encrypted);
    let files = [
        ("late", late.finish(), Reason::Content),
        ("deflated", deflated.finish(), Reason::Content),
        ("a sheet", odf::content(Kind::Ods, ""), Reason::Content),
        ("without content", odf::package(Kind::Odt, "").finish(), Reason::Malformed),
        ("encrypted", encrypted.store("content.xml", b"\x12\x34").finish(), Reason::Encrypted),
    ];
    refused(Kind::Odt, files);
}
