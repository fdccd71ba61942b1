//! References: which stay inside a file, which wait for somebody to follow them, which are fetched.

use crate::verdict::Reason;

/// Schemes of links that do nothing until they are followed, and then are seen in an address bar or a mail.
const FOLLOWED: &[&str] = &["http:", "https:", "mailto:", "tel:"];

/// Words that run something wherever a browser or an office program reads them as an address.
const SCRIPTED: &[&str] =
    &["javascript:", "vbscript:", "livescript:", "data:text/", "data:application/xhtml"];

/// Addresses of macros.
const MACROS: &[&str] = &["vnd.sun.star.script:", "macro:", "vnd.sun.star.expand:", "service:"];

/// Lower case, without what browsers leave out of addresses.
fn plain(reference: &str) -> String {
    let shown = |character: &char| !character.is_whitespace() && !character.is_control();
    reference.chars().filter(shown).map(|character| character.to_ascii_lowercase()).collect()
}

/// Whether the text has the address of a script in it.
pub(crate) fn has_script(text: &str) -> bool {
    if !text.contains(':') {
        return false;
    }
    let text = plain(text);
    SCRIPTED.iter().any(|scheme| text.contains(scheme))
}

/// A hyperlink: to the document itself, or of a scheme that is followed knowingly.
pub(crate) fn link(target: &str) -> Result<(), Reason> {
    let target = plain(target);
    if target.is_empty()
        || target.starts_with('#')
        || FOLLOWED.iter().any(|scheme| target.starts_with(scheme))
    {
        Ok(())
    } else {
        Err(kind(&target))
    }
}

/// What a document shows as a part of itself: it has to be one.
pub(crate) fn part(target: &str) -> Result<(), Reason> {
    let target = plain(target);
    let leaves = target.contains(':')
        || target.contains('\\')
        || target.starts_with('/')
        || target.split('/').any(|step| step == "..");
    if leaves { Err(kind(&target)) } else { Ok(()) }
}

fn kind(target: &str) -> Reason {
    if MACROS.iter().any(|scheme| target.starts_with(scheme)) {
        Reason::Macro
    } else if SCRIPTED.iter().any(|scheme| target.starts_with(scheme)) {
        Reason::Script
    } else {
        Reason::ExternalReference
    }
}

/// Functions of spreadsheets that fetch or call when they are computed.
const FETCHING: &[&str] = &["WEBSERVICE(", "DDE(", "RTD(", "IMAGE(", "CALL(", "REGISTER.ID(", "EXEC("];

/// Whether a formula of a spreadsheet calls one of those.
pub(crate) fn fetching_formula(formula: &str) -> bool {
    if !formula.contains('(') {
        return false;
    }
    let formula: String = plain(formula).to_ascii_uppercase();
    FETCHING.iter().any(|function| {
        let name = |at: usize| {
            formula[..at].ends_with(|before: char| before.is_ascii_alphanumeric() || before == '_')
        };
        formula.match_indices(function).any(|(at, _)| !name(at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_kept_when_they_wait() {
        for target in ["#page2", "https://example.org/a", " HTTP://x", "mailto:a@b", ""] {
            assert_eq!(link(target), Ok(()), "{target}");
        }
        assert_eq!(link("java\nscript:alert(1)"), Err(Reason::Script));
        assert_eq!(link("vnd.sun.star.script:a.b$c"), Err(Reason::Macro));
        for target in ["file:///etc/passwd", r"\\server\share", "autre.docx", "//host/a"] {
            assert_eq!(link(target), Err(Reason::ExternalReference), "{target}");
        }
    }

    #[test]
    fn parts_are_inside() {
        for target in ["Pictures/1.png", "./Object 1", "#Feuille1.A1", ""] {
            assert_eq!(part(target), Ok(()), "{target}");
        }
        for target in ["https://x/a.png", "../a.png", "/a.png", "a/../../b", r"\\x\y", "file:a"] {
            assert_eq!(part(target), Err(Reason::ExternalReference), "{target}");
        }
    }

    #[test]
    fn formulas_that_fetch_are_recognised_by_whole_names() {
        for formula in ["of:=DDE(\"a\";\"b\")", "_xlfn.WEBSERVICE(A1)", "1+ webservice (A1)"] {
            assert!(fetching_formula(formula), "{formula}");
        }
        for formula in ["SUM(A1:A9)", "MY_CALL(1)", "ADDE(1)"] {
            assert!(!fetching_formula(formula), "{formula}");
        }
    }
}
