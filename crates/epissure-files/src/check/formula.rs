//! Spreadsheet formulas: functions that fetch or run, links, and references to other files.

use super::reference;
use crate::verdict::Reason;

/// Functions that fetch when they are computed, as spelled in files and by localized programs.
const FETCHING: &[&str] = &[
    "WEBSERVICE",
    "SERVICEWEB",
    "SERVICIOWEB",
    "SERVIZIO.WEB",
    "DDE",
    "RTD",
    "IMAGE",
    "STOCKHISTORY",
    "SQL.REQUEST",
    "IMPORTXML",
    "IMPORTHTML",
    "IMPORTDATA",
    "IMPORTFEED",
    "IMPORTRANGE",
];

/// Functions of the Excel 4 macro language that run or call their argument.
const RUNNING: &[&str] = &[
    "CALL",
    "REGISTER",
    "REGISTER.ID",
    "EXEC",
    "EXECUTE",
    "RUN",
    "INITIATE",
    "POKE",
    "FOPEN",
    "FWRITE",
    "PY",
];

/// Functions whose first argument is the address of a link.
const LINKING: &[&str] =
    &["HYPERLINK", "LIEN_HYPERTEXTE", "HIPERVINCULO", "HIPERLIGACAO", "COLLEG.IPERTESTUALE"];

/// Judges a formula, with or without its `=`.
///
/// An apostrophe quotes a sheet name, or escapes a character of a column name. Both interpretations
/// must be harmless, so that neither hides a call from the other.
pub(crate) fn judge(formula: &str) -> Result<(), Reason> {
    if !formula.contains(['(', '|', '\'', '[']) {
        return Ok(());
    }
    read(formula, true)?;
    read(formula, false)
}

/// Makes one linear pass: a file may have millions of formulas.
fn read(formula: &str, quotes: bool) -> Result<(), Reason> {
    let last_mark = formula.rfind('!').unwrap_or(0);
    let mut rest = formula;
    // Start and end of the last name; white space may separate it from its parenthesis.
    let mut name: Option<(usize, usize)> = None;
    // Offset after the last open bracket.
    let mut bracket = None;
    while let Some(character) = rest.chars().next() {
        let at = formula.len() - rest.len();
        let next = &rest[character.len_utf8()..];
        rest = next;
        match character {
            _ if is_name(character) => {
                let start = name.filter(|(_, end)| *end == at).map_or(at, |(start, _)| start);
                name = Some((start, at + 1));
            }
            _ if character.is_whitespace() => {}
            '(' => {
                if let Some((start, end)) = name.take() {
                    call(&formula[start..end], next)?;
                }
            }
            '"' => {
                rest = &next[literal(next).1..];
                name = None;
            }
            '\'' if quotes => {
                let end = next.find('\'').unwrap_or(next.len());
                rest = next.get(end + 1..).unwrap_or_default();
                if rest.starts_with(['!', '#']) {
                    sheet(&next[..end])?;
                }
                // `'application'|'topic'!item`
                name = Some((at, formula.len() - rest.len()));
            }
            '|' => {
                let application = name.take().filter(|(_, end)| *end == at);
                let is_application =
                    application.is_some_and(|(start, end)| is_application(&formula[start..end]));
                if is_application && last_mark > at && is_topic(next) {
                    return Err(Reason::ExternalReference);
                }
            }
            '[' => {
                bracket = Some(at + 1);
                name = None;
            }
            ']' => {
                if let Some(start) = bracket.take().filter(|_| last_mark > at) {
                    book(&formula[start..at])?;
                }
                name = None;
            }
            _ => name = None,
        }
    }
    Ok(())
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.')
}

/// Returns the content of a string literal after its opening quotation mark, with doubled marks
/// left as they are. Also returns the length up to and including the closing mark.
fn literal(text: &str) -> (&str, usize) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'"' {
            at += 1;
        } else if bytes.get(at + 1) == Some(&b'"') {
            at += 2;
        } else {
            return (&text[..at], at + 1);
        }
    }
    (text, text.len())
}

fn call(name: &str, arguments: &str) -> Result<(), Reason> {
    let name = name.to_ascii_uppercase();
    let is = |one: &str| name == one || name.strip_suffix(one).is_some_and(|rest| rest.ends_with('.'));
    if FETCHING.iter().any(|one| is(one)) {
        return Err(Reason::ExternalReference);
    }
    if RUNNING.iter().any(|one| is(one)) {
        return Err(Reason::Macro);
    }
    if !LINKING.iter().any(|one| is(one)) {
        return Ok(());
    }
    let Some(text) = arguments.trim_start().strip_prefix('"') else {
        return reference::computed_link("");
    };
    let (address, length) = literal(text);
    match text[length..].trim_start().chars().next() {
        None | Some(',' | ';' | ')') => reference::link(address),
        Some(_) => reference::computed_link(address),
    }
}

/// Judges a quoted sheet name: a sheet name contains no path separator.
fn sheet(name: &str) -> Result<(), Reason> {
    if name.contains(['/', '\\']) {
        return Err(Reason::ExternalReference);
    }
    let inside = name.split_once('[').map_or("", |(_, inside)| inside);
    inside.split_once(']').map_or(Ok(()), |(name, _)| book(name))
}

/// Judges the bracketed prefix of a sheet: a file name refers to another workbook, a number does
/// not.
fn book(name: &str) -> Result<(), Reason> {
    let name = name.to_ascii_lowercase();
    let file = [".xls", ".ods", ".csv", ".xla"].iter().any(|extension| name.contains(extension));
    if file { Err(Reason::ExternalReference) } else { Ok(()) }
}

/// Returns true for an application in `application|topic!item`, which contains a letter, unlike a
/// number in a list.
fn is_application(name: &str) -> bool {
    name.contains(|one: char| one.is_ascii_alphabetic())
}

/// Returns true for text that can start a topic, after the bar.
fn is_topic(text: &str) -> bool {
    text.starts_with(|first: char| first == '\'' || is_name(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fetches_or_runs_is_recognised_by_whole_names() {
        for formula in [
            "of:=DDE(\"a\";\"b\")",
            "_xlfn.WEBSERVICE(A1)",
            "1+ webservice (A1)",
            "COM.MICROSOFT.WEBSERVICE(A1)",
            "IF(1,\"a(\",WEBSERVICE(\"http://x\"))",
            "Table1['#Qty]+WEBSERVICE(A1)",
            "'\"'!A1+WEBSERVICE(\"x\")",
            "cmd|'/c calc'!A0",
            "=+cmd|' /C calc'!'A0'",
            "'cmd'|'/c calc'!A0",
            "'\\\\server\\share\\[a.xlsx]S'!A1",
            "['file:///c:/a.ods'#$S.A1]",
            "[a.xlsx]S!A1",
        ] {
            assert_eq!(judge(formula), Err(Reason::ExternalReference), "{formula}");
        }
        for formula in ["EXEC(\"calc\")", "CALL(\"urlmon\",1)", "=@REGISTER.ID(1)"] {
            assert_eq!(judge(formula), Err(Reason::Macro), "{formula}");
        }
        for formula in [
            "SUM(A1:A9)",
            "MY_CALL(1)",
            "ADDE(1)",
            "COPY(1)",
            "\"WEBSERVICE(\"&A1",
            "'Feuille 1'!A1&'C''est'!B2",
            "SUM('janvier:mars'!A1)",
            "Table1[[#This Row],[Prix (€)]]*2",
            "SUM([.A1:.A9])",
            "{1;2|3;4}",
            "[1]Feuil1!A1",
        ] {
            assert_eq!(judge(formula), Ok(()), "{formula}");
        }
    }

    #[test]
    fn links_of_formulas_follow_the_rule_of_links() {
        for formula in [
            "HYPERLINK(\"https://example.org/\"\"a\",\"lien\")",
            "HYPERLINK( \"#Feuil1!A1\" ; \"x\")",
            "HYPERLINK(\"https://example.org/?q=\"&A1)",
            "HYPERLINK(\"mailto:a@b\")",
            "of:=HYPERLINK(\"http://x\";\"y\")",
        ] {
            assert_eq!(judge(formula), Ok(()), "{formula}");
        }
        for formula in [
            "HYPERLINK(\"\\\\server\\share\")",
            "hyperlink(\"FILE:///c:/a\",\"x\")",
            "HYPERLINK(\"fi\"&\"le:///c:/a\")",
            "HYPERLINK(\"http\"&A1)",
            "HYPERLINK(A1)",
            "1+HYPERLINK (CHAR(92)&\"x\")",
            "=LIEN_HYPERTEXTE(\"\\\\serveur\\a\")",
        ] {
            assert_eq!(judge(formula), Err(Reason::ExternalReference), "{formula}");
        }
        assert_eq!(judge("HYPERLINK(\"java\"&\"script:a()\")"), Err(Reason::ExternalReference));
        assert_eq!(judge("HYPERLINK(\"javascript:a()\")"), Err(Reason::Script));
    }
}
