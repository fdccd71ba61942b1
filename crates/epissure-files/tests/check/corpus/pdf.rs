//! PDF documents, built object by object.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

/// Returns a document with these objects, numbered from 1, and their cross-reference table. The
/// first object is the root.
pub(crate) fn document(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(pdf.len());
        pdf.extend(format!("{} 0 obj\n", index + 1).bytes());
        pdf.extend(object);
        pdf.extend(b"\nendobj\n");
    }
    let table = pdf.len();
    pdf.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    places.iter().for_each(|place| pdf.extend(format!("{place:010} 00000 n \n").bytes()));
    let trailer = format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    pdf.extend(trailer.bytes());
    pdf
}

pub(crate) fn compressed(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("memory does not fail");
    encoder.finish().expect("memory does not fail")
}

pub(crate) fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut stream = format!("<<{dictionary}/Length {}>>\nstream\n", data.len()).into_bytes();
    stream.extend(data);
    stream.extend(b"\nendstream");
    stream
}

/// Returns an object stream with one object.
pub(crate) fn object_stream(object: &str) -> Vec<u8> {
    let content = format!("9 0 {object}");
    stream("/Type/ObjStm/N 1/First 4/Filter/FlateDecode", &compressed(content.as_bytes()))
}

pub(crate) const ROOT: &str =
    "<</Type/Catalog/Pages 2 0 R/OpenAction[2 0 R/Fit]/Outlines<</First 3 0 R/Last 3 0 R/Count 1>>>>";
pub(crate) const PAGES: &str = "<</Type/Pages/Count 0/Kids[]/Title(\\(Été\\) \\\\)/ID<00ff>>>";

/// Returns a document with pages, a link, a picture of these bytes, and an object stream.
pub(crate) fn honest(picture: &[u8]) -> Vec<u8> {
    document(&[
        ROOT.into(),
        PAGES.into(),
        b"<</Type/Annot/Subtype/Link/F 4/A<</S/URI/URI(https://example.org/a)>>>>".to_vec(),
        stream("/Type/XObject/Subtype/Image/Width 1/Height 1/Filter/DCTDecode", picture),
        stream("/Filter[/FlateDecode]/DecodeParms<</Predictor 12>>", &compressed(b"BT /F1 12 Tf (x) Tj ET")),
        object_stream("<</Type/Font/BaseFont/Helvetica/Next 3 0 R>>"),
    ])
}

/// Returns a document with one more object.
pub(crate) fn with(object: impl AsRef<[u8]>) -> Vec<u8> {
    document(&[ROOT.into(), PAGES.into(), object.as_ref().to_vec()])
}

/// Returns a document whose root has these members.
pub(crate) fn root(members: &str) -> Vec<u8> {
    document(&[format!("<</Type/Catalog/Pages 2 0 R{members}>>").into_bytes(), PAGES.into()])
}
