use crate::corpus::zip::Zip;
use crate::corpus::{kept, odf, ooxml, refused};
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
    let types = [
        ("application/vnd.ms-office.vbaProject", Reason::Macro),
        ("application/vnd.openxmlformats-officedocument.oleObject", Reason::EmbeddedFile),
        ("application/vnd.ms-office.activeX", Reason::ActiveContent),
        ("application/xhtml+xml", Reason::EmbeddedFile),
    ];
    let of = |declaration: String| {
        let types = ooxml::types(Kind::Docx, ooxml::main_type(Kind::Docx), &declaration);
        let mut zip = ooxml::package(Kind::Docx, &types, &ooxml::main(Kind::Docx, ""));
        zip.store("word/a.dat", b"\x12\x34").finish()
    };
    let by_extension = types.map(|(it, reason)| (it, of(ooxml::default_type("dat", it)), reason));
    refused(Kind::Docx, by_extension);
    let by_name = types.map(|(it, reason)| (it, of(ooxml::part_type("/Word/%61.DAT", it)), reason));
    refused(Kind::Docx, by_name);
    // Parsed as its declared type, whatever its name.
    let footer = "application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml";
    let field = br#"<w:ftr xmlns:w="urn:w"><w:fldSimple w:instr="DDEAUTO c:\\a"/></w:ftr>"#;
    let types = ooxml::types(Kind::Docx, ooxml::main_type(Kind::Docx), &ooxml::default_type("png", footer));
    let mut zip = ooxml::package(Kind::Docx, &types, &ooxml::main(Kind::Docx, ""));
    let files = [
        ("the main part", ooxml::typed(Kind::Docx, main, ""), Reason::Macro),
        ("markup by its type alone", zip.store("word/a.png", field).finish(), Reason::ExternalReference),
    ];
    refused(Kind::Docx, files);
}

#[test]
fn parts_of_unknown_names_are_refused_unless_they_are_harmless() {
    let picture = |bytes: &[u8]| ooxml::led(Kind::Docx, "image", "word/media/image1.bin", bytes);
    let settings = |bytes: &[u8]| ooxml::led(Kind::Xlsx, "printerSettings", "xl/settings1.bin", bytes);
    let property = |bytes: &[u8]| ooxml::led(Kind::Xlsx, "customProperty", "xl/customProperty1.bin", bytes);
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    let unknown = |name: &str, bytes: &[u8]| ooxml::part(Kind::Docx, name, bytes);
    let program = gzip(b"MZ\x90\0 a program, and not a drawing at all, of some length");
    let drawing = [gzip(&metafile()), b"hidden".to_vec()].concat();
    let bomb = gzip(&[metafile(), vec![0; 120_000_000]].concat());
    refused(
        Kind::Docx,
        [
            ("not a picture", picture(b"\x12\x34\x56"), Reason::EmbeddedFile),
            ("an OLE object as a picture", picture(ole), Reason::EmbeddedFile),
            ("a page as a picture", picture(b"<html>"), Reason::Uncheckable),
            ("nothing leads there", unknown("word/media/image1.bin", b"GIF89a"), Reason::EmbeddedFile),
            ("a program in the trash", unknown("[trash]/0000.dat", b"MZ\x90\0"), Reason::EmbeddedFile),
            ("an archive in the trash", unknown("[trash]/0000.dat", b"PK\x03\x04"), Reason::NestedArchive),
            ("a program that is compressed", unknown("word/media/a.emz", &program), Reason::EmbeddedFile),
            ("something behind a drawing", unknown("word/media/a.wmz", &drawing), Reason::EmbeddedFile),
            ("a drawing that is a bomb", unknown("word/media/a.emz", &bomb), Reason::Bomb),
        ],
    );
    refused(
        Kind::Xlsx,
        [
            ("a program as settings", settings(b"MZ\x90\0"), Reason::EmbeddedFile),
            ("an OLE object as a property", property(ole), Reason::EmbeddedFile),
        ],
    );
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, content).expect("memory does not fail");
    encoder.finish().expect("memory does not fail")
}

fn metafile() -> Vec<u8> {
    let mut metafile = vec![1, 0, 0, 0];
    metafile.resize(40, 0);
    metafile.extend(b" EMF\0\0\x01\0");
    metafile
}

#[test]
fn parts_that_office_and_libraries_write_are_kept() {
    let declared = [
        ooxml::default_type("bin", "application/vnd.ms-office.vbaProject"),
        ooxml::part_type("/xl/vbaProject.bin", "application/vnd.ms-office.vbaProject"),
        ooxml::default_type("vml", "application/vnd.openxmlformats-officedocument.oleObject"),
        ooxml::default_type("psmdcp", "application/vnd.openxmlformats-package.core-properties+xml"),
    ]
    .concat();
    let types = ooxml::types(Kind::Xlsx, ooxml::main_type(Kind::Xlsx), &declared);
    let mut zip = ooxml::package(Kind::Xlsx, &types, &ooxml::main(Kind::Xlsx, ""));
    let unused = zip.finish();
    let properties = zip.store("package/services/metadata/core-properties/0a1b.psmdcp", b"<p/>").finish();
    let leads = [
        ooxml::relationship("printerSettings", "../printer1.bin", false),
        ooxml::relationship("customProperty", "/xl/customProperty1.bin", false),
        ooxml::relationship("image", "../media/image1.tmp", false),
    ];
    let mut zip = ooxml::package(Kind::Xlsx, &types, &ooxml::main(Kind::Xlsx, ""));
    zip.store("xl/worksheets/_rels/sheet1.xml.rels", &ooxml::relationships(&leads.concat()));
    zip.store("xl/printer1.bin", b"H\0P\0").store("xl/customProperty1.bin", b"a\0b\0");
    zip.store("xl/media/image1.tmp", b"GIF89a\x01\0\x01\0");
    zip.store("[trash]/0000.dat", &[0; 100]).store("xl/media/image2.emz", &gzip(&metafile()));
    zip.store("xl/media/image3.jfif", b"\xff\xd8\xff\xe0").store("_xmlsignatures/origin.sigs", b"");
    zip.store("xl/embeddings/", b"");
    kept(
        Kind::Xlsx,
        [
            ("types that no part has", unused),
            ("properties of .NET", properties),
            ("parts by their relationships", zip.finish()),
        ],
    );
}

#[test]
fn a_chart_may_have_its_workbook_and_nothing_else() {
    let of = |name: &str, source: &str, workbook: &[u8]| {
        let mut zip = ooxml::plain(Kind::Docx);
        let lead = ooxml::relationship("package", &format!("../embeddings/{name}"), false);
        zip.store(&format!("word/{source}/_rels/chart1.xml.rels"), &ooxml::relationships(&lead));
        zip.store(&format!("word/embeddings/{name}"), workbook).finish()
    };
    let workbook = ooxml::content(Kind::Xlsx, "<f>SUM(A1:A9)</f>");
    kept(Kind::Docx, [("a workbook", of("Book1.xlsx", "charts", &workbook))]);
    let large = ooxml::plain(Kind::Xlsx).store("xl/a.png", &crate::corpus::noise(1 << 20)).finish();
    let mut nested = ooxml::plain(Kind::Xlsx);
    let lead = ooxml::relationship("package", "../embeddings/a.xlsx", false);
    nested.store("xl/charts/_rels/chart1.xml.rels", &ooxml::relationships(&lead));
    let nested = nested.store("xl/embeddings/a.xlsx", &workbook).finish();
    let mut archive = Zip::default();
    let archive = archive.store("a.exe", b"MZ").finish();
    let files = [
        ("from a page", of("Book1.xlsx", "pages", &workbook), Reason::EmbeddedFile),
        ("another document", of("a.docx", "charts", &ooxml::content(Kind::Docx, "")), Reason::EmbeddedFile),
        (
            "a document as a workbook",
            of("a.xlsx", "charts", &ooxml::content(Kind::Docx, "")),
            Reason::Content,
        ),
        ("an archive", of("a.xlsx", "charts", &archive), Reason::Content),
        ("an object", of("a.xlsx", "charts", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Reason::EmbeddedFile),
        ("one with another", of("a.xlsx", "charts", &nested), Reason::EmbeddedFile),
        ("a large one", of("a.xlsx", "charts", &large), Reason::EmbeddedFile),
        (
            "one with a link",
            of("a.xlsx", "charts", &ooxml::content(Kind::Xlsx, "<f>RTD(1)</f>")),
            Reason::ExternalReference,
        ),
        (
            "one with macros",
            of("a.xlsx", "charts", &ooxml::part(Kind::Xlsx, "xl/vbaProject.bin", b"x")),
            Reason::Macro,
        ),
    ];
    refused(Kind::Docx, files);
}

#[test]
fn a_template_is_on_its_authors_disk() {
    let settings = |target: &str| {
        let link = ooxml::relationship("attachedTemplate", target, true);
        let mut zip = ooxml::plain(Kind::Docx);
        zip.store("word/_rels/settings.xml.rels", &ooxml::relationships(&link));
        let settings =
            "<w:settings xmlns:w='urn:w' xmlns:r='urn:r'><w:attachedTemplate r:id='r'/></w:settings>";
        zip.store("word/settings.xml", settings.as_bytes()).finish()
    };
    kept(Kind::Docx, ["file:///C:\\Users\\a\\Normal.dotm", "Normal.dotm"].map(|it| (it, settings(it))));
    let remote =
        ["https://example.org/a.dotm", "file:///\\\\server\\a.dotm", "//server/a.dotm", "file://server/a"];
    refused(Kind::Docx, remote.map(|it| (it, settings(it), Reason::ExternalReference)));
}

#[test]
fn drawings_of_older_office_are_not_strict_and_fetch_nothing() {
    let vml = |inside: &str| {
        let root =
            "<xml xmlns:v='urn:schemas-microsoft-com:vml' xmlns:x='urn:schemas-microsoft-com:office:excel'>";
        ooxml::part(Kind::Xlsx, "xl/drawings/vmlDrawing1.vml", format!("{root}{inside}</xml>").as_bytes())
    };
    let honest = [
        "<v:shape><v:textbox><div>a<br>b &nbsp; <font size=2>c</div></v:textbox></v:shape>",
        "<v:shape href='https://example.org'><v:imagedata o:relid='r' o:title='plan'/></v:shape>",
        "<x:ClientData ObjectType='Button'><x:FmlaMacro>[0]!Bouton1_Clic</x:FmlaMacro></x:ClientData>",
        "<![if gte mso 9]><v:fill src='media/a.png'/><![endif]>",
    ];
    kept(Kind::Xlsx, honest.map(|inside| (inside, vml(inside))));
    let outside = [
        r"<v:shape href='\\server\share'/>",
        "<br><v:shape href=file:///c:/a />",
        "<v:imagedata src='https://example.org/a.png'/>",
        "<!-- <v:imagedata althref='//server/a.png'/> -->",
        "<v:shape alt='>' href='search-ms:a'>",
        "<v:fill o:href='%5c%5cserver/a' type='frame'/>",
        "<x:ClientData><x:DDE/></x:ClientData>",
    ];
    refused(Kind::Xlsx, outside.map(|inside| (inside, vml(inside), Reason::ExternalReference)));
    let acting = [
        ("<o:OLEObject Type='Embed'/>", Reason::EmbeddedFile),
        ("<x:ScriptText>alert(1)</x:ScriptText>", Reason::Script),
        ("<v:shape href=' java&#10;script:alert(1)'/>", Reason::Script),
        ("<x:FmlaMacro>'\\\\server\\[a.xlsm]'!b</x:FmlaMacro>", Reason::Macro),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>", Reason::DocumentType),
    ];
    refused(Kind::Xlsx, acting.map(|(inside, reason)| (inside, vml(inside), reason)));
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
        ("mailMergeSource", "file:///c:/a.csv"),
        ("hyperlink", "%66ile:///etc/passwd"),
        ("hyperlink", "search-ms:query=a"),
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
        // The name of a field is computed by nested fields.
        "<w:fldChar w:fldCharType='begin'/><w:fldChar w:fldCharType='begin'/><w:instrText>QUOTE 68 68 69</w:instrText>\
         <w:fldChar w:fldCharType='end'/><w:instrText> c:\\a</w:instrText><w:fldChar w:fldCharType='end'/>",
        "<w:fldChar w:fldCharType='begin'/><w:instrText>DD</w:instrText><w:fldChar w:fldCharType='begin'/>\
         <w:instrText>QUOTE 69</w:instrText><w:fldChar w:fldCharType='separate'/><w:t>E</w:t>\
         <w:fldChar w:fldCharType='end'/><w:instrText> a</w:instrText><w:fldChar w:fldCharType='end'/>",
        // An argument computed by a nested field does not hide the name.
        "<w:fldChar w:fldCharType='begin'/><w:instrText>DDE </w:instrText><w:fldChar w:fldCharType='begin'/>\
         <w:instrText>QUOTE 99</w:instrText><w:fldChar w:fldCharType='end'/><w:fldChar w:fldCharType='end'/>",
        "<w:fldChar w:fldCharType='begin'/><w:t>DDE</w:t><w:instrText>AUTO a</w:instrText>",
        "<w:del><w:delInstrText>DDE a</w:delInstrText></w:del>",
        r#"<w:instrText> HYPERLINK "file:///c:/a" </w:instrText>"#,
        r#"<w:fldSimple w:instr='HYPERLINK \o "b" "\\\\server\\share"'/>"#,
        "<w:fldChar w:fldCharType='begin'/><w:instrText>HYPERLINK </w:instrText><w:fldChar w:fldCharType='begin'/>\
         <w:instrText>QUOTE 92 92</w:instrText><w:fldChar w:fldCharType='end'/><w:fldChar w:fldCharType='end'/>",
        "<w:mailMerge><w:query w:val='SELECT * FROM a'/></w:mailMerge>",
        "<v:shape href='\\\\server\\share'/>",
        "<HyperlinkBase>\\\\server\\share</HyperlinkBase>",
        "<v:imagedata src='https://example.org/a.png'/>",
    ];
    refused(Kind::Docx, fields.map(|it| (it, ooxml::content(Kind::Docx, it), Reason::ExternalReference)));
    let formulas = [
        "<f>WEBSERVICE(\"http://x\")</f>",
        "<f>1+_xlfn.WEBSERVICE (A1)</f>",
        "<ddeLink ddeService='cmd'/>",
        "<f>cmd|'/c calc'!A0</f>",
        "<f>HYPERLINK(\"\\\\server\\share\",\"a\")</f>",
        "<f>HYPERLINK(\"fi\"&amp;\"le:///c:/a\")</f>",
        "<definedName name='a'>HYPERLINK(A1)</definedName>",
        "<calculatedColumnFormula>WEBSERVICE(A1)</calculatedColumnFormula>",
        "<hyperlink ref='A1' location='\\\\server\\share'/>",
        "<f>'\\\\server\\[a.xlsx]S'!A1</f>",
    ];
    refused(Kind::Xlsx, formulas.map(|it| (it, ooxml::content(Kind::Xlsx, it), Reason::ExternalReference)));
    let macros = ["<f>EXEC(\"calc\")</f>", "<sp macro=\"'c:\\[a.xlsm]'!b\"/>"];
    refused(Kind::Xlsx, macros.map(|it| (it, ooxml::content(Kind::Xlsx, it), Reason::Macro)));
    let button = r#"<w:instrText>MACROBUTTON AutoExec x</w:instrText>"#;
    refused(Kind::Docx, [(button, ooxml::content(Kind::Docx, button), Reason::Macro)]);
}

#[test]
fn a_name_of_a_field_is_at_its_beginning() {
    let far = format!("<w:instrText>{} DDE a</w:instrText>", "\"\u{2}".replace('\u{2}', "*").repeat(100));
    refused(Kind::Docx, [("far", ooxml::content(Kind::Docx, &far), Reason::Uncheckable)]);
}

#[test]
fn elements_that_open_something_are_refused_whatever_their_relationship_says() {
    let elements = [
        ("<o:OLEObject xmlns:o='urn:o' r:id='r'/>", Reason::EmbeddedFile),
        ("<w:altChunk r:id='r'/>", Reason::EmbeddedFile),
        ("<w:attachedTemplate r:id='r'/>", Reason::ExternalReference),
        ("<w:subDoc r:id='r'/>", Reason::ExternalReference),
        ("<a:blip xmlns:a='urn:a' r:link='r'/>", Reason::ExternalReference),
        ("<DataMashup>UEsDBBQ=</DataMashup>", Reason::ExternalReference),
        ("<wp:webVideoPr xmlns:wp='urn:p' embeddedHtml='&lt;iframe/>'/>", Reason::ActiveContent),
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
        ("<text:execute-macro text:name='a'/>", Reason::Macro),
        ("<a script:macro-name='a'/>", Reason::Macro),
        ("<table:named-expression table:expression='DDE(\"a\";\"b\";\"c\")'/>", Reason::ExternalReference),
        (
            "<text:conditional-text text:condition='ooow:WEBSERVICE(\"http://x\")'/>",
            Reason::ExternalReference,
        ),
        (
            "<table:content-validation table:condition='of:is-true-formula(RTD(1))'/>",
            Reason::ExternalReference,
        ),
        (
            "<table:table-cell table:formula='of:=HYPERLINK(\"\\\\server\";\"a\")'/>",
            Reason::ExternalReference,
        ),
        ("<table:table-cell table:formula=\"of:=['file:///c:/a.ods'#$S.A1]\"/>", Reason::ExternalReference),
        ("<draw:floating-frame xlink:href='#a'/>", Reason::ExternalReference),
        ("<text:database-display text:database-name='a'/>", Reason::ExternalReference),
        ("<form:form xmlns:form='urn:f' form:datasource='file:///c:/a.odb'/>", Reason::ExternalReference),
        ("<text:a xlink:href='fi&#10;le:///c:/a'/>", Reason::ExternalReference),
        ("<text:a xlink:href='%66ile:///c:/a'/>", Reason::ExternalReference),
        ("<text:a xlink:href='\\\\server\\a'/>", Reason::ExternalReference),
        ("<text:a xlink:href='../a.exe'/>", Reason::ExternalReference),
    ];
    for kind in [Kind::Odt, Kind::Ods] {
        refused(kind, elements.map(|(inside, reason)| (inside, odf::content(kind, inside), reason)));
    }
}

#[test]
fn an_open_document_says_first_what_it_is() {
    let mut late = Zip::default();
    late.deflate("content.xml", b"<a/>").store("mimetype", Kind::Odt.media_type().as_bytes());
    let mut deflated = Zip::default();
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
