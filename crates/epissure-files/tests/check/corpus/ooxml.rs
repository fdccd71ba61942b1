//! Office Open XML files as Office writes them, abridged.

use epissure_files::Kind;

use super::zip::Zip;

const RELATIONSHIP: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

pub(crate) fn main_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        _ => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    }
}

pub(crate) fn main_part(kind: Kind) -> &'static str {
    if kind == Kind::Docx { "word/document.xml" } else { "xl/workbook.xml" }
}

/// Returns `[Content_Types].xml` with a content type for the main part, and more declarations.
pub(crate) fn types(kind: Kind, main: &str, more: &str) -> Vec<u8> {
    let part = main_part(kind);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="png" ContentType="image/png"/>
<Default Extension="xml" ContentType="application/xml"/><Override PartName="/{part}" ContentType="{main}"/>{more}</Types>"#
    )
    .into_bytes()
}

/// Returns the declaration of the type of an extension.
pub(crate) fn default_type(extension: &str, content_type: &str) -> String {
    format!(r#"<Default Extension="{extension}" ContentType="{content_type}"/>"#)
}

/// Returns the declaration of the type of one part.
pub(crate) fn part_type(name: &str, content_type: &str) -> String {
    format!(r#"<Override PartName="{name}" ContentType="{content_type}"/>"#)
}

pub(crate) fn relationship(kind: &str, target: &str, outside: bool) -> String {
    let mode = if outside { r#" TargetMode="External""# } else { "" };
    format!(r#"<Relationship Id="r" Type="{RELATIONSHIP}/{kind}" Target="{target}"{mode}/>"#)
}

pub(crate) fn relationships(inside: &str) -> Vec<u8> {
    let namespace = "http://schemas.openxmlformats.org/package/2006/relationships";
    format!(r#"<Relationships xmlns="{namespace}">{inside}</Relationships>"#).into_bytes()
}

pub(crate) fn main(kind: Kind, inside: &str) -> Vec<u8> {
    match kind {
        Kind::Docx => format!(
            r#"<w:document xmlns:w="urn:w" xmlns:v="urn:schemas-microsoft-com:vml"><w:body>{inside}</w:body></w:document>"#
        ),
        _ => format!(r#"<workbook xmlns="urn:x"><sheets/>{inside}</workbook>"#),
    }
    .into_bytes()
}

/// Returns a package with these content types and this main part.
pub(crate) fn package(kind: Kind, types: &[u8], main: &[u8]) -> Zip {
    let mut zip = Zip::default();
    let start = relationship("officeDocument", main_part(kind), false);
    zip.deflate("[Content_Types].xml", types).deflate("_rels/.rels", &relationships(&start));
    zip.deflate(main_part(kind), main);
    zip
}

pub(crate) fn plain(kind: Kind) -> Zip {
    package(kind, &types(kind, main_type(kind), ""), &main(kind, ""))
}

pub(crate) fn honest(kind: Kind, picture: &[u8]) -> Vec<u8> {
    let folder = if kind == Kind::Docx { "word" } else { "xl" };
    let inside = r#"<w:p xmlns:w="urn:w"><w:r><w:fldChar/><w:instrText> PAGE \* MERGEFORMAT </w:instrText><w:fldChar/>
        <w:t>l'été</w:t></w:r></w:p><f>SUM(A1:A9)</f>"#;
    let links = [
        relationship("image", "media/image1.png", false),
        relationship("hyperlink", "https://example.org/?a=1&amp;b", true),
        relationship("hyperlink", "mailto:a@example.org", true),
        relationship("hyperlink", "#Feuil1!A1", false),
        relationship("theme", "/theme/theme1.xml", false),
        relationship("hyperlink", "www.example.org", true),
    ];
    let mut zip = package(kind, &types(kind, main_type(kind), ""), &main(kind, inside));
    zip.stream(&format!("{folder}/_rels/x.xml.rels"), &relationships(&links.concat()));
    zip.store(&format!("{folder}/media/image1.png"), picture);
    zip.store(&format!("{folder}/printerSettings/printerSettings1.bin"), b"H\0P\0 \0");
    zip.finish()
}

/// Returns a document with this content in its main part.
pub(crate) fn content(kind: Kind, inside: &str) -> Vec<u8> {
    package(kind, &types(kind, main_type(kind), ""), &main(kind, inside)).finish()
}

/// Returns a document with one more part.
pub(crate) fn part(kind: Kind, name: &str, part: &[u8]) -> Vec<u8> {
    plain(kind).deflate(name, part).finish()
}

/// Returns a document with one relationship.
pub(crate) fn related(kind: Kind, relationship: &str) -> Vec<u8> {
    part(kind, "word/_rels/document.xml.rels", &relationships(relationship))
}

/// Returns a document with one more part, and a relationship of a type that targets it.
pub(crate) fn led(kind: Kind, lead: &str, name: &str, part: &[u8]) -> Vec<u8> {
    let mut zip = plain(kind);
    let lead = relationship(lead, &format!("/{name}"), false);
    zip.deflate("word/_rels/document.xml.rels", &relationships(&lead));
    zip.deflate(name, part).finish()
}

/// Returns a document with more content types.
pub(crate) fn typed(kind: Kind, main: &str, more: &str) -> Vec<u8> {
    package(kind, &types(kind, main, more), &self::main(kind, "")).finish()
}
