//! Validation of file names from untrusted clients.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::verdict::Reason;

/// Maximum length of a name, in characters.
pub const NAME_CHARACTERS: usize = 150;

/// Extensions that common systems run or open with an interpreter. Many are also words,
/// abbreviations and domains (`Plan.Bat.A.pdf`, `facture-x.com.pdf`). They count only after the
/// extension of a document, as in disguised programs.
const EXECUTABLE: &[&str] = &[
    "action",
    "apk",
    "app",
    "application",
    "appx",
    "asp",
    "aspx",
    "bash",
    "bat",
    "cgi",
    "chm",
    "class",
    "cmd",
    "com",
    "command",
    "cpl",
    "csh",
    "deb",
    "dll",
    "dmg",
    "docm",
    "dotm",
    "dylib",
    "elf",
    "exe",
    "gadget",
    "hta",
    "htm",
    "html",
    "inf",
    "ins",
    "iso",
    "jar",
    "js",
    "jse",
    "jsp",
    "jspx",
    "ksh",
    "lnk",
    "mjs",
    "msc",
    "msi",
    "msix",
    "msp",
    "mst",
    "ocx",
    "one",
    "php",
    "php3",
    "php4",
    "php5",
    "phar",
    "phtml",
    "pif",
    "pl",
    "ppam",
    "pptm",
    "ps1",
    "ps1xml",
    "psc1",
    "psm1",
    "py",
    "pyc",
    "pyw",
    "rb",
    "reg",
    "rpm",
    "run",
    "scf",
    "scr",
    "sct",
    "settingcontent-ms",
    "sh",
    "shb",
    "shs",
    "shtml",
    "so",
    "swf",
    "sys",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "vxd",
    "war",
    "website",
    "ws",
    "wsc",
    "wsf",
    "wsh",
    "xbap",
    "xhtml",
    "xla",
    "xlam",
    "xll",
    "xlsm",
    "xltm",
    "zsh",
];

/// Executable extensions without another meaning. They count at any position, because some servers
/// use any extension.
///
/// Documents with macros are excluded: files exported from one often contain its name
/// (`x.xlsm.0.csv`).
const UNMISTAKABLE: &[&str] = &[
    "apk",
    "aspx",
    "chm",
    "cpl",
    "dll",
    "exe",
    "hta",
    "jar",
    "jse",
    "jspx",
    "lnk",
    "msi",
    "phar",
    "php",
    "php3",
    "php4",
    "php5",
    "phtml",
    "pif",
    "ps1",
    "psm1",
    "scr",
    "settingcontent-ms",
    "shtml",
    "swf",
    "vbe",
    "vbs",
    "wsf",
    "wsh",
    "xll",
];

/// Extensions of documents outside [`FORMS`](crate::FORMS), also used to disguise programs.
const DOCUMENTS: &[&str] =
    &["doc", "gif", "htm", "html", "ppt", "pptx", "rtf", "tif", "tiff", "txt", "xls", "zip"];

/// Returns true when a part of a name is the extension of a document.
fn is_document(part: &str) -> bool {
    DOCUMENTS.contains(&part) || crate::Kind::of_extension(part).is_some()
}

/// Names that Windows reserves for devices, whatever the extension.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// Characters with a meaning in Windows or a shell, which are replaced rather than rejected.
const REPLACED: &[char] = &['<', '>', ':', '"', '|', '?', '*'];

/// File name that is safe to display and to offer for download. Stored files must have generated
/// names instead.
///
/// The characters are those received, accents included, except those with a meaning in Windows,
/// which become `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    display: String,
    extension: String,
}

impl Name {
    /// Parses a name as received, after the transport's own decoding.
    ///
    /// The **last extension counts**. An executable extension before it is rejected after the
    /// extension of a document (`x.pdf.js.csv`). It is rejected anywhere when it has no other
    /// meaning (`x.exe.pdf`). Escapes such as `%2e` are decoded repeatedly, and each decoded form
    /// must be valid.
    ///
    /// # Errors
    ///
    /// - [`Reason::Name`] when the name is empty, is longer than [`NAME_CHARACTERS`], or has a
    ///   forbidden character: path separators, control characters, invisible characters and those
    ///   that change the writing direction;
    /// - [`Reason::Extension`] when the extension or the stem is missing;
    /// - [`Reason::ExecutableName`] when the name contains an executable extension, as described
    ///   above.
    pub fn parse(sent: &str) -> Result<Name, Reason> {
        let mut decoded = Cow::Borrowed(sent);
        // Each iteration shortens the text.
        loop {
            allowed(&decoded)?;
            let once = percent_decode_str(&decoded).decode_utf8().map_err(|_| Reason::Name)?;
            if once == decoded {
                break;
            }
            decoded = Cow::Owned(once.into_owned());
        }
        let shown = decoded.trim();

        let mut parts = shown.split('.');
        let stem = parts.next().unwrap_or_default();
        let extensions: Vec<String> = parts.map(|part| part.trim().to_lowercase()).collect();
        let Some((last, others)) = extensions.split_last() else { return Err(Reason::Extension) };
        let disguised = others.windows(2).any(|pair| is_document(&pair[0]) && is_executable(&pair[1]));
        if disguised || others.iter().any(|part| UNMISTAKABLE.contains(&part.as_str())) {
            return Err(Reason::ExecutableName);
        }
        if stem.trim().is_empty() || last.is_empty() {
            return Err(Reason::Extension);
        }
        let display = shown.replace(REPLACED, "_");
        Ok(Name {
            display: if device(stem) { format!("_{display}") } else { display },
            extension: last.clone(),
        })
    }

    /// Returns the name to display.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.display
    }

    /// Returns the extension, in lower case and without its dot.
    #[must_use]
    pub fn extension(&self) -> &str {
        &self.extension
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.display)
    }
}

fn is_executable(part: &str) -> bool {
    EXECUTABLE.contains(&part)
}

fn allowed(name: &str) -> Result<(), Reason> {
    let length = name.trim().chars().count();
    let fits = (1..=NAME_CHARACTERS).contains(&length);
    if fits && !name.chars().any(forbidden) { Ok(()) } else { Err(Reason::Name) }
}

fn forbidden(character: char) -> bool {
    matches!(character,
        '/' | '\\' | '\u{2044}' | '\u{2215}' | '\u{29F5}' | '\u{FF0F}' | '\u{FF3C}' // separators and their lookalikes
        | '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
        || character.is_control()
}

fn device(stem: &str) -> bool {
    let stem = stem.trim().to_lowercase();
    let numbered = ["com", "lpt"].iter().any(|port| {
        stem.strip_prefix(port).is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
    });
    DEVICES.contains(&stem.as_str()) || numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(name: &str) -> Reason {
        Name::parse(name).expect_err(name)
    }

    #[test]
    fn the_last_extension_counts() {
        assert_eq!(Name::parse("plan.v2.PDF").unwrap().extension(), "pdf");
        assert_eq!(Name::parse("facture.pdf.exe").unwrap().extension(), "exe");
    }

    #[test]
    fn a_program_that_disguises_is_refused() {
        for name in [
            "x.exe.pdf",
            "x.PHP.jpg",
            "x.pdf.js .csv",
            "x.docx.bat.pdf",
            "x.txt.com.pdf",
            "x%2Eexe%2Epdf",
            "a.docx.docm.docx",
        ] {
            assert_eq!(reason(name), Reason::ExecutableName, "{name}");
        }
        for name in ["x.pdf.exe", "x.pdf.exe ", "x.pdf.com", "x.pdf.js"] {
            let extension = Name::parse(name).unwrap().extension().to_owned();
            assert_eq!(crate::Kind::of_extension(&extension), None, "{name}");
        }
        for name in ["x.pdf.exe.", "x.exe. ", "x.pdf.com. ."] {
            assert_eq!(reason(name), Reason::ExecutableName, "{name}");
        }
    }

    #[test]
    fn words_of_names_are_no_extensions() {
        for name in [
            "exe.pdf",
            "facture-x.com.pdf",
            "Plan.St.Pl.csv",
            "Plan.Bat.A.pdf",
            "www.mairie.app.png",
            "Cmd.2026-01.xlsx",
            "Vue.js.svg",
            "archive.pdf.v2.pdf",
            "relevé.xlsm.0.csv",
        ] {
            assert!(Name::parse(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_not_seen_or_leads_elsewhere_is_refused() {
        let names = [
            "",
            " ",
            "a\0.pdf",
            "a%00.pdf",
            "a%252500.pdf",
            "../a.pdf",
            "..%2fa.pdf",
            "a\\b.pdf",
            "a\n.pdf",
            "a\u{202E}fdp.exe.csv",
            "a\u{200B}.pdf",
            "%ff.pdf",
            "a\u{FF0F}b.pdf",
        ];
        for name in names {
            assert_eq!(reason(name), Reason::Name, "{name:?}");
        }
        assert_eq!(reason(&format!("{}.pdf", "a".repeat(NAME_CHARACTERS))), Reason::Name);
    }

    #[test]
    fn a_name_has_something_before_its_extension_and_something_in_it() {
        for name in ["plan", ".pdf", "plan.", "plan.pdf."] {
            assert_eq!(reason(name), Reason::Extension, "{name}");
        }
    }

    #[test]
    fn what_is_shown_is_what_was_sent_made_safe() {
        let shown = [
            ("Relevé n° 3 (été).csv", "Relevé n° 3 (été).csv"),
            (" 100% béton.pdf ", "100% béton.pdf"),
            ("plan%20du%20lot.pdf", "plan du lot.pdf"),
            ("12:30 \"nord\".png", "12_30 _nord_.png"),
            ("con.csv", "_con.csv"),
            ("LPT1.svg", "_LPT1.svg"),
        ];
        for (sent, expected) in shown {
            assert_eq!(Name::parse(sent).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn the_programs_are_in_order_without_repetition_in_lower_case() {
        assert!(EXECUTABLE.iter().all(|extension| **extension == extension.to_lowercase()));
        let once: std::collections::BTreeSet<_> = EXECUTABLE.iter().collect();
        assert_eq!(once.len(), EXECUTABLE.len());
        assert!(UNMISTAKABLE.is_sorted() && UNMISTAKABLE.iter().all(|extension| is_executable(extension)));
    }
}
