//! Checks, one module per format, on streaming parsers with bounded memory.

mod archive;
mod csv;
mod formula;
mod input;
mod jpeg;
mod magic;
mod markup;
mod member;
mod odf;
mod ooxml;
mod pdf;
mod png;
mod reference;
mod svg;

use std::io::{self, Read, Seek};

use crate::kind::{Kind, Signature};
use crate::verdict::{Reason, Stop, Verdict};
use input::Input;

/// Checks that a file is of a kind, is complete, and has no active content.
///
/// The file is read from its start, whatever its position; its position afterwards is unspecified.
///
/// ```
/// use epissure_files::{Kind, Reason, Verdict, check};
///
/// let drawing = br#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#;
/// let verdict = check(&mut std::io::Cursor::new(drawing), Kind::Svg)?;
/// assert_eq!(verdict, Verdict::Rejected(Reason::Script));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// Fails when the medium fails. The file's validity is then unknown, and the check must be
/// repeated.
pub fn check<F: Read + Seek>(file: &mut F, kind: Kind) -> io::Result<Verdict> {
    match checked(file, kind) {
        Ok(()) => Ok(Verdict::Validated),
        Err(Stop::Rejected(reason)) => Ok(Verdict::Rejected(reason)),
        Err(Stop::Io(error)) => Err(error),
    }
}

fn checked<F: Read + Seek>(file: &mut F, kind: Kind) -> Result<(), Stop> {
    let mut input = Input::new(file)?;
    if input.length() == 0 {
        return Err(Reason::Empty.into());
    }
    begins(&mut input, kind)?;
    match kind {
        Kind::Csv => csv::check(&mut input),
        Kind::Jpeg => jpeg::check(&mut input),
        Kind::Png => png::check(&mut input),
        Kind::Svg => svg::check(&mut input.from(0)?),
        Kind::Pdf => pdf::check(&mut input),
        Kind::Ods | Kind::Odt => odf::check(&mut input, kind),
        Kind::Xlsx | Kind::Docx => ooxml::check(&mut input, kind),
    }?;
    // A file that is text from its first byte to its last cannot contain an archive's directory.
    if matches!(kind, Kind::Jpeg | Kind::Png | Kind::Pdf) {
        magic::no_second_reading(&mut input, kind)?;
    }
    Ok(())
}

/// Maximum white space before the header of a PDF, in bytes.
const PDF_PADDING: usize = 16;

/// Checks the first bytes against the signature of the kind.
fn begins(input: &mut Input<'_>, kind: Kind) -> Result<(), Stop> {
    let mut head = Vec::new();
    input.from(0)?.take(1024).read_to_end(&mut head)?;
    let fits = match kind.form().signature {
        // Editors and mail programs add a byte order mark or a line end before a PDF.
        Signature::Bytes(signature) if kind == Kind::Pdf => {
            let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
            start.starts_with(signature) && head.len() - start.len() <= PDF_PADDING
        }
        Signature::Bytes(signature) => head.starts_with(signature),
        // Checked after decoding.
        Signature::Text => true,
        Signature::Markup => magic::is_markup(&head),
    };
    if fits {
        return Ok(());
    }
    // A password turns an Office document into another file format.
    let office = matches!(kind, Kind::Xlsx | Kind::Docx);
    if office && magic::is_encrypted_office(input, &head)? {
        return Err(Reason::Encrypted.into());
    }
    Err(Reason::Content.into())
}
