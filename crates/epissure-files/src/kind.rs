//! The kinds of files that may be attached, in one table.

use crate::name::Name;
use crate::verdict::Reason;

/// A kind of file that may be attached (Interop contract, attachments).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Text in columns.
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

/// How the beginning of a file gives it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signature {
    /// It begins with these bytes.
    Bytes(&'static [u8]),
    /// It is text, and none of what else is recognised by its beginning.
    Text,
    /// It is XML; which one is seen when it is read.
    Markup,
}

/// A row of [`FORMS`].
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// Which kind.
    pub kind: Kind,
    /// Its extensions, in lower case.
    pub extensions: &'static [&'static str],
    /// Its media types: the one to serve it as first, then others that senders declare for it.
    pub media_types: &'static [&'static str],
    /// How it begins.
    pub signature: Signature,
}

const ARCHIVE: Signature = Signature::Bytes(b"PK\x03\x04");

/// Every kind with its extensions, media types and beginning; nothing else may be attached.
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

/// What a sender declares who does not know (RFC 2046, section 4.5.1): as good as nothing.
const UNDECLARED: &str = "application/octet-stream";

impl Kind {
    /// Its row of [`FORMS`].
    #[must_use]
    pub fn form(self) -> &'static Form {
        &FORMS[self as usize]
    }

    /// The media type to serve it as.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        self.form().media_types[0]
    }

    /// The kind of an extension, without its dot, whatever its case.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Kind> {
        let has = |form: &&Form| form.extensions.iter().any(|one| one.eq_ignore_ascii_case(extension));
        FORMS.iter().find(has).map(|form| form.kind)
    }

    /// Whether a declared media type, with its parameters, may be that of this kind.
    ///
    /// `application/octet-stream` declares nothing.
    #[must_use]
    pub fn accepts(self, declared: &str) -> bool {
        let essence = declared.split(';').next().unwrap_or_default().trim();
        let same = |one: &str| one.eq_ignore_ascii_case(essence);
        same(UNDECLARED) || self.form().media_types.iter().any(|one| same(one))
    }
}

/// What a file is by its name, when the declared media type does not say otherwise.
///
/// What it is by its content is for [`check`](crate::check) to say.
///
/// # Errors
///
/// Those of [`Name::parse`], then [`Reason::Extension`] for one that is not in [`FORMS`], then
/// [`Reason::DeclaredType`].
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
