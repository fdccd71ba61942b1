//! Table of the kinds of files that may be attached.

use crate::name::Name;
use crate::verdict::Reason;

/// Kind of file that may be attached (Interop contract, attachments).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Comma-separated values, with any separator.
    Csv,
    /// JPEG picture.
    Jpeg,
    /// PNG picture.
    Png,
    /// SVG drawing.
    Svg,
    /// PDF document.
    Pdf,
    /// OpenDocument spreadsheet.
    Ods,
    /// OpenDocument text.
    Odt,
    /// Office Open XML spreadsheet.
    Xlsx,
    /// Office Open XML text.
    Docx,
}

/// Signature by which a kind is recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signature {
    /// Exact first bytes.
    Bytes(&'static [u8]),
    /// Text without the signature of another format.
    Text,
    /// XML; its vocabulary is checked later.
    Markup,
}

/// Row of [`FORMS`].
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// Kind described by the row.
    pub kind: Kind,
    /// Extensions, in lower case.
    pub extensions: &'static [&'static str],
    /// Media types: first the one to serve, then others that clients declare.
    pub media_types: &'static [&'static str],
    /// Signature of the first bytes.
    pub signature: Signature,
}

const ARCHIVE: Signature = Signature::Bytes(b"PK\x03\x04");

/// Allowed kinds, with their extensions, media types and signatures. No other kind may be attached.
///
/// Browsers on Windows declare a CSV as `application/vnd.ms-excel` where Excel is installed.
pub const FORMS: [Form; 9] = [
    Form {
        kind: Kind::Csv,
        extensions: &["csv"],
        media_types: &["text/csv", "application/csv", "application/vnd.ms-excel", "text/plain"],
        signature: Signature::Text,
    },
    Form {
        kind: Kind::Jpeg,
        extensions: &["jpeg", "jpg"],
        media_types: &["image/jpeg", "image/jpg", "image/pjpeg"],
        signature: Signature::Bytes(b"\xff\xd8\xff"),
    },
    Form {
        kind: Kind::Png,
        extensions: &["png"],
        media_types: &["image/png", "image/x-png"],
        signature: Signature::Bytes(b"\x89PNG\r\n\x1a\n"),
    },
    Form {
        kind: Kind::Svg,
        extensions: &["svg"],
        media_types: &["image/svg+xml"],
        signature: Signature::Markup,
    },
    Form {
        kind: Kind::Pdf,
        extensions: &["pdf"],
        media_types: &["application/pdf", "application/x-pdf"],
        signature: Signature::Bytes(b"%PDF-"),
    },
    Form {
        kind: Kind::Ods,
        extensions: &["ods"],
        media_types: &["application/vnd.oasis.opendocument.spreadsheet"],
        signature: ARCHIVE,
    },
    Form {
        kind: Kind::Odt,
        extensions: &["odt"],
        media_types: &["application/vnd.oasis.opendocument.text"],
        signature: ARCHIVE,
    },
    Form {
        kind: Kind::Xlsx,
        extensions: &["xlsx"],
        media_types: &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
        signature: ARCHIVE,
    },
    Form {
        kind: Kind::Docx,
        extensions: &["docx"],
        media_types: &["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
        signature: ARCHIVE,
    },
];

/// Media type of unknown content (RFC 2046, section 4.5.1), treated as undeclared.
const UNDECLARED: &str = "application/octet-stream";

impl Kind {
    /// Returns the kind's row of [`FORMS`].
    #[must_use]
    pub fn form(self) -> &'static Form {
        &FORMS[self as usize]
    }

    /// Returns the media type to serve.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        self.form().media_types[0]
    }

    /// Returns the kind of an extension, given without its dot, in any case.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Kind> {
        let has = |form: &&Form| form.extensions.iter().any(|one| one.eq_ignore_ascii_case(extension));
        FORMS.iter().find(has).map(|form| form.kind)
    }

    /// Returns true when a declared media type, with its parameters, is one of this kind.
    ///
    /// `application/octet-stream` is accepted for every kind, because it declares nothing.
    #[must_use]
    pub fn accepts(self, declared: &str) -> bool {
        let essence = declared.split(';').next().unwrap_or_default().trim();
        let same = |one: &str| one.eq_ignore_ascii_case(essence);
        same(UNDECLARED) || self.form().media_types.iter().any(|one| same(one))
    }
}

/// Identifies the kind of a file by its name, and checks the declared media type against it.
///
/// The content is checked separately, by [`check`](crate::check()).
///
/// # Errors
///
/// Fails as [`Name::parse`] does, then with [`Reason::Extension`] for an extension not in
/// [`FORMS`], then with [`Reason::DeclaredType`].
pub fn identify(name: &str, media_type: Option<&str>) -> Result<(Name, Kind), Reason> {
    let name = Name::parse(name)?;
    let kind = Kind::of_extension(name.extension()).ok_or(Reason::Extension)?;
    match media_type {
        Some(declared) if !kind.accepts(declared) => Err(Reason::DeclaredType),
        _ => Ok((name, kind)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_kind_in_order() {
        for (index, form) in FORMS.iter().enumerate() {
            assert_eq!(form.kind as usize, index);
            for extension in form.extensions {
                assert_eq!(Kind::of_extension(&extension.to_uppercase()), Some(form.kind));
            }
        }
    }

    #[test]
    fn extension_and_declared_type_must_agree() {
        let png = identify("a.PNG", Some("Image/PNG ; x=y")).map(|(_, kind)| kind);
        assert_eq!(png, Ok(Kind::Png));
        assert_eq!(identify("a.png", None).map(|(_, kind)| kind), Ok(Kind::Png));
        assert_eq!(identify("a.png", Some(UNDECLARED)).map(|(_, kind)| kind), Ok(Kind::Png));
        assert_eq!(identify("a.png", Some("image/jpeg")), Err(Reason::DeclaredType));
        assert_eq!(identify("a.png", Some("")), Err(Reason::DeclaredType));
    }

    #[test]
    fn what_is_not_in_the_table_is_refused() {
        for name in ["facture.pdf.exe", "a.docm", "a.svgz", "a.zip", "a.pdf%20.txt"] {
            assert_eq!(identify(name, None), Err(Reason::Extension), "{name}");
        }
    }
}
