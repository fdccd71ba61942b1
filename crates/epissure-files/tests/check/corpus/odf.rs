//! OpenDocument files as LibreOffice writes them, abridged.

use epissure_files::Kind;

use super::zip::Zip;

const NAMESPACES: &str = r#"xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0"
 xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0""#;

pub(crate) fn markup(root: &str, inside: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} {NAMESPACES}>{inside}</{root}>").into_bytes()
}

/// Returns the start of a package: media type and manifest.
pub(crate) fn package(kind: Kind, manifest: &str) -> Zip {
    let mut zip = Zip::default();
    zip.store("mimetype", kind.media_type().as_bytes());
    zip.deflate("META-INF/manifest.xml", &markup("manifest:manifest", manifest));
    zip
}

pub(crate) fn honest(kind: Kind, picture: &[u8]) -> Vec<u8> {
    let content = r##"<office:scripts/><office:body><text:p>a&amp;b <text:a xlink:href="https://example.org">lien</text:a></text:p>
        <draw:frame><draw:image xlink:href="Pictures/1.png"/><draw:object xlink:href="./Object 1"/></draw:frame>
        <table:table-cell table:formula="of:=SUM([.A1:.A9])"/></office:body>"##;
    let meta = r#"<meta:template xlink:href="../../Mod%C3%A8les/lettre.ott"/>"#;
    let mut zip = package(kind, r#"<manifest:file-entry manifest:full-path="/"/>"#);
    zip.store("Configurations2/toolbar/", b"").deflate("Configurations2/accelerator/current.xml", b"");
    zip.stream("content.xml", &markup("office:document-content", content));
    zip.stream("Object 1/content.xml", &markup("office:document-content", "<office:scripts/>"));
    zip.store("ObjectReplacements/Object 1", b"VCLMTF").store("layout-cache", b"\x02\x00");
    zip.stream("meta.xml", &markup("office:document-meta", meta));
    zip.store("Pictures/1.png", picture).store("Thumbnails/thumbnail.png", &super::picture::png(b"t"));
    zip.finish()
}

/// Returns a document with this content.
pub(crate) fn content(kind: Kind, inside: &str) -> Vec<u8> {
    package(kind, "").deflate("content.xml", &markup("office:document-content", inside)).finish()
}

/// Returns a document with one more part.
pub(crate) fn part(kind: Kind, name: &str, part: &[u8]) -> Vec<u8> {
    let mut zip = package(kind, "");
    zip.deflate("content.xml", &markup("office:document-content", "")).deflate(name, part).finish()
}
