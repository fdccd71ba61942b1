//! File names given by strangers.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::verdict::Reason;

/// How many characters a name may have.
pub const NAME_CHARACTERS: usize = 150;

/// Extensions of what a common system runs or opens with an interpreter. Many are words, abbreviations and domains
/// too (`Plan.Bat.A.pdf`, `facture-x.com.pdf`): they count behind the extension of a document, where programs disguise.
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

/// Those of them that nothing else is called by: they count wherever they stand, as some servers go by any extension.
///
/// Documents with macros are not among them: what is saved from one is often named after it (`x.xlsm.0.csv`).
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

/// Extensions of documents that are not in [`FORMS`](crate::FORMS), behind which programs disguise too.
const DOCUMENTS: &[&str] =
    &["doc", "gif", "htm", "html", "ppt", "pptx", "rtf", "tif", "tiff", "txt", "xls", "zip"];

/// Whether a part of a name is the extension of a document.
fn is_document(part: &str) -> bool {
    DOCUMENTS.contains(&part) || crate::Kind::of_extension(part).is_some()
}

/// Names that Windows takes for devices, whatever the extension.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// Characters with a meaning for Windows or a shell, that a name may have had innocently.
const REPLACED: &[char] = &['<', '>', ':', '"', '|', '?', '*'];

/// A name that is safe to show and to offer for saving, never to store under: give files names of your own.
///
/// It has the characters that were sent, accents included, but for those with a meaning for Windows, which become
/// `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    display: String,
    extension: String,
}

impl Name {
    /// Reads a name as it was sent, once the transport's own encoding is off.
    ///
    /// The **last extension counts**. One of a program before it is refused behind that of a document (`x.pdf.js.csv`),
    /// and anywhere when it is no word of another meaning (`x.exe.pdf`). Escapes such as `%2e` are decoded first, those of escapes too: what is under each
    /// must hold.
    ///
    /// # Errors
    ///
    /// - [`Reason::Name`] when it is empty or longer than [`NAME_CHARACTERS`], has a path separator, NUL or any
    ///   control character, a character that changes the direction of writing or is not seen;
    /// - [`Reason::Extension`] when it has none, or nothing before it;
    /// - [`Reason::ExecutableName`] when one of a program stands in it, as said above.
    pub fn parse(sent: &str) -> Result<Name, Reason> {
        let mut decoded = Cow::Borrowed(sent);
        // Each turn makes it shorter.
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

    /// The name to show.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.display
    }

    /// What follows its last dot, in lower case.
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
        '/' | '\\' | '\u{2044}' | '\u{2215}' | '\u{29F5}' | '\u{FF0F}' | '\u{FF3C}' // separators, and what looks it
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
