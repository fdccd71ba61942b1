//! One file for each format, on parsers that never hold more than a piece.

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

/// Says whether the file is of this kind, whole, and without anything that acts.
///
/// It is read from its beginning, wherever it stands, and may be left standing anywhere.
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
/// When the medium fails: nothing is known of the file then, and the check is to be made again.
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
    // What is text from its first byte to its last has no room for an archive's directory.
    if matches!(kind, Kind::Jpeg | Kind::Png | Kind::Pdf) {
        magic::no_second_reading(&mut input, kind)?;
    }
    Ok(())
}

/// How many bytes of white space may stand before a PDF.
const PDF_PADDING: usize = 16;

/// The beginning, against the table.
fn begins(input: &mut Input<'_>, kind: Kind) -> Result<(), Stop> {
    let mut head = Vec::new();
    input.from(0)?.take(1024).read_to_end(&mut head)?;
    let fits = match kind.form().signature {
        // A mark of UTF-8 or a line end before a PDF is what editors and mail programs add.
        Signature::Bytes(signature) if kind == Kind::Pdf => {
            let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
            start.starts_with(signature) && head.len() - start.len() <= PDF_PADDING
        }
        Signature::Bytes(signature) => head.starts_with(signature),
        // Read in its own encoding first.
        Signature::Text => true,
        Signature::Markup => magic::is_markup(&head),
    };
    if fits {
        return Ok(());
    }
    // A password makes another kind of file of an Office document.
    let office = matches!(kind, Kind::Xlsx | Kind::Docx);
    if office && magic::is_encrypted_office(input, &head)? {
        return Err(Reason::Encrypted.into());
    }
    Err(Reason::Content.into())
}
