//! Results of a check.

use std::fmt;
use std::io;

/// Result of a check, which decides whether the other operator may read the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The file is of its kind, complete, and has no active content.
    Validated,
    /// The file must not be published.
    Rejected(Reason),
}

/// Reason why a file or its name is rejected. [`Display`](fmt::Display) is a sentence for the
/// client that sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The file has no bytes.
    Empty,
    /// The name has a forbidden character (separator, control, invisible) or a bad length.
    Name,
    /// The extension is not in [`FORMS`](crate::FORMS).
    Extension,
    /// The name contains the extension of a program before the last extension.
    ExecutableName,
    /// The declared media type does not match the extension.
    DeclaredType,
    /// The content is not of the kind that the extension announces.
    Content,
    /// A declared digest or size differs from the content.
    Digest,
    /// The end of the file is missing.
    Truncated,
    /// The content violates the rules of its format.
    Malformed,
    /// Unknown data follow the end of the file's format.
    Trailing,
    /// An archive follows the end of a picture.
    TrailingArchive,
    /// A program or an OLE object follows the end of a picture.
    TrailingProgram,
    /// A page, a script or a document follows the end of a picture.
    TrailingText,
    /// A video follows a picture, in a form that no telephone writes.
    TrailingFilm,
    /// The file is also valid in another format.
    Polyglot,
    /// The picture has no pixels or too many.
    Dimensions,
    /// The inflated content is too large, or the archive has too many parts.
    Bomb,
    /// The parts of an archive overlap, leave gaps, or contradict its directory.
    Archive,
    /// A part of an archive has an invalid name, or a name that leaves the archive.
    PartName,
    /// A part of an archive has a backslash in its name.
    Backslash,
    /// Two parts of an archive have the same name.
    DuplicatePart,
    /// A part of an archive does not match its checksum.
    Checksum,
    /// The file contains an archive.
    NestedArchive,
    /// The file is encrypted, so it cannot be checked.
    Encrypted,
    /// The file contains or calls macros.
    Macro,
    /// The file contains another file that a program would open: OLE object, attachment,
    /// executable.
    EmbeddedFile,
    /// The file fetches an external resource when it is opened.
    ExternalReference,
    /// The file contains a script.
    Script,
    /// The file has a document type with declarations, or entities.
    DocumentType,
    /// The file acts when it is opened: an action, a form that computes, a player.
    ActiveContent,
    /// The structure of the file hides content from the checks.
    Uncheckable,
    /// The antivirus reports the file.
    Infected,
}

struct Wording {
    reason: Reason,
    code: &'static str,
    sentence: &'static str,
}

const fn wording(reason: Reason, code: &'static str, sentence: &'static str) -> Wording {
    Wording { reason, code, sentence }
}

/// Wordings, in the order of [`Reason`].
const WORDINGS: [Wording; 32] = [
    wording(Reason::Empty, "empty", "The file is empty."),
    wording(
        Reason::Name,
        "name",
        "The name must be of 1 to 150 characters, without path separators, control characters or invisible ones.",
    ),
    wording(
        Reason::Extension,
        "extension",
        "The name must end in .csv, .jpeg, .jpg, .png, .svg, .pdf, .ods, .odt, .xlsx or .docx.",
    ),
    wording(
        Reason::ExecutableName,
        "executable-name",
        "The name has the extension of a program in it; rename the file.",
    ),
    wording(
        Reason::DeclaredType,
        "declared-type",
        "The declared media type is not that of the name's extension.",
    ),
    wording(Reason::Content, "content", "The content is not of the kind that the name's extension says."),
    wording(
        Reason::Digest,
        "digest",
        "A declared hash or size is not that of the content that arrived; send it again.",
    ),
    wording(Reason::Truncated, "truncated", "The end of the file is missing; send it again."),
    wording(
        Reason::Malformed,
        "malformed",
        "The file is damaged: it does not follow the rules of its format.",
    ),
    wording(
        Reason::Trailing,
        "trailing",
        "There are unknown bytes after the end of the file; save it again.",
    ),
    wording(
        Reason::TrailingArchive,
        "trailing-archive",
        "There is an archive behind the end of the picture; save the picture again.",
    ),
    wording(
        Reason::TrailingProgram,
        "trailing-program",
        "There is a program or an object behind the end of the picture; save the picture again.",
    ),
    wording(
        Reason::TrailingText,
        "trailing-text",
        "There is a page, a script or a document behind the end of the picture; save the picture again.",
    ),
    wording(
        Reason::TrailingFilm,
        "trailing-film",
        "There is a film behind the end of the picture; save the picture without it.",
    ),
    wording(Reason::Polyglot, "polyglot", "The file can also be read as one of another kind; save it again."),
    wording(
        Reason::Dimensions,
        "dimensions",
        "The picture is empty, wider or higher than 30,000 pixels, or larger than 200 megapixels; make it smaller.",
    ),
    wording(
        Reason::Bomb,
        "bomb",
        "The file unpacks to too much or has too many parts; split it or make it smaller.",
    ),
    wording(
        Reason::Archive,
        "archive",
        "The parts of the file are not where its directory says; save it again.",
    ),
    wording(
        Reason::PartName,
        "part-name",
        "A part inside the file has a name that leads out of it, is too long or is not UTF-8; save it again.",
    ),
    wording(
        Reason::Backslash,
        "backslash",
        "A part inside the file has a backslash in its name, where a slash belongs; save it with another program.",
    ),
    wording(
        Reason::DuplicatePart,
        "duplicate-part",
        "Two parts inside the file have the same name; save it again.",
    ),
    wording(
        Reason::Checksum,
        "checksum",
        "A part inside the file is not the one that its checksum was made of; save it again.",
    ),
    wording(
        Reason::NestedArchive,
        "nested-archive",
        "There is an archive inside the file; attach what it holds by itself.",
    ),
    wording(
        Reason::Encrypted,
        "encrypted",
        "The file is encrypted and cannot be checked; send it without password.",
    ),
    wording(Reason::Macro, "macro", "The file holds macros; save it without them."),
    wording(
        Reason::EmbeddedFile,
        "embedded-file",
        "There is another file or object inside the file; attach it by itself, or paste it as a picture.",
    ),
    wording(
        Reason::ExternalReference,
        "external-reference",
        "The file refers to something outside it that would be fetched when it is opened; break the link, or embed it.",
    ),
    wording(Reason::Script, "script", "The file holds a script; save it without."),
    wording(
        Reason::DocumentType,
        "document-type",
        "The file declares a document type or entities of its own; save it without (plain SVG).",
    ),
    wording(
        Reason::ActiveContent,
        "active-content",
        "The file does something by itself when it is opened; print it to a new file.",
    ),
    wording(
        Reason::Uncheckable,
        "uncheckable",
        "The file is built in a way that keeps it from being checked; print or save it again with a usual program.",
    ),
    wording(Reason::Infected, "infected", "The antivirus found something in the file."),
];

impl Reason {
    /// Returns every reason, in declaration order.
    pub fn all() -> impl Iterator<Item = Reason> {
        WORDINGS.iter().map(|wording| wording.reason)
    }

    /// Returns a short stable name for logs, counters and tests.
    ///
    /// ```
    /// assert_eq!(epissure_files::Reason::Bomb.code(), "bomb");
    /// ```
    #[must_use]
    pub fn code(self) -> &'static str {
        WORDINGS[self as usize].code
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WORDINGS[*self as usize].sentence)
    }
}

impl std::error::Error for Reason {}

/// Early end of a check. It passes through parsers as the [`io::Error`] of the underlying reader.
#[derive(Debug)]
pub(crate) enum Stop {
    Rejected(Reason),
    /// The medium failed, so the validity of the file is unknown.
    Io(io::Error),
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Stop {
        Stop::Rejected(reason)
    }
}

impl From<Reason> for io::Error {
    fn from(reason: Reason) -> io::Error {
        io::Error::other(reason)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Reason>()) {
            Some(reason) => Stop::Rejected(*reason),
            None if error.kind() == io::ErrorKind::UnexpectedEof => Stop::Rejected(Reason::Truncated),
            None => Stop::Io(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_wording() {
        for (index, wording) in WORDINGS.iter().enumerate() {
            assert_eq!(wording.reason as usize, index);
            assert!(wording.sentence.ends_with('.'), "{}", wording.sentence);
        }
        let codes: std::collections::BTreeSet<_> = Reason::all().map(Reason::code).collect();
        assert_eq!(codes.len(), WORDINGS.len());
    }

    #[test]
    fn the_sentences_say_the_limits_that_hold() {
        let sentence = Reason::Name.to_string();
        assert!(sentence.contains(&crate::NAME_CHARACTERS.to_string()), "{sentence}");
        assert_eq!((crate::PICTURE_SIDE, crate::PICTURE_PIXELS), (30_000, 200_000_000));
        let sentence = Reason::Extension.to_string();
        for extension in crate::FORMS.iter().flat_map(|form| form.extensions) {
            assert!(sentence.contains(&format!(".{extension}")), "{sentence}");
        }
    }
}
