//! References: links that open on a click, parts of the file itself, and resources that are
//! fetched.
//!
//! One rule judges the target of every link, whatever the format. It covers relationships, fields
//! and VML of Office, `HYPERLINK` formulas, `xlink:href` of OpenDocument, `<a>` of SVG and XHTML,
//! `/URI` of PDF.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::verdict::Reason;

/// Schemes of links that do nothing until the reader follows them in a browser, a mail program or a
/// telephone.
const FOLLOWED: &[&str] = &["http:", "https:", "mailto:", "tel:"];

/// Prefixes of addresses that run a script in browsers or office programs.
const SCRIPTED: &[&str] =
    &["javascript:", "vbscript:", "livescript:", "data:text/", "data:application/xhtml"];

/// Prefixes of the addresses of macros.
const MACROS: &[&str] = &["vnd.sun.star.script:", "macro:", "vnd.sun.star.expand:", "service:"];

/// Arguments of a `mailto:` address with which some mail programs attach files from the reader's
/// disk.
const ATTACHING: &[&str] = &["?attach", "&attach"];

/// Maximum rounds of percent-decoding; a target that needs more is rejected.
const DECODINGS: usize = 4;

/// Returns the reference in lower case, without the white space and control characters that
/// browsers ignore.
fn plain(reference: &str) -> String {
    let shown = |character: &char| !character.is_whitespace() && !character.is_control();
    reference.chars().filter(shown).map(|character| character.to_ascii_lowercase()).collect()
}

/// Applies [`plain`] and percent-decoding until nothing changes; returns `None` after too many
/// rounds.
fn decoded(reference: &str) -> Option<String> {
    let mut text = plain(reference);
    for _ in 0..DECODINGS {
        let once = plain(&percent_decode_str(&text).decode_utf8_lossy());
        if once == text {
            return Some(text);
        }
        text = once;
    }
    None
}

/// Returns true when the text contains the address of a script.
pub(crate) fn has_script(text: &str) -> bool {
    if !text.contains(':') {
        return false;
    }
    let text = plain(text);
    SCRIPTED.iter().any(|scheme| text.contains(scheme))
}

/// Judges the target of a link: empty, a location in the document, or an address of [`FOLLOWED`].
///
/// A target without scheme refers to a neighboring file, so it is rejected. The exception is
/// `www.`, which every program reads as `http:`.
pub(crate) fn link(target: &str) -> Result<(), Reason> {
    let address = plain(target);
    if ATTACHING.iter().any(|argument| address.starts_with("mailto:") && address.contains(argument)) {
        return Err(Reason::ExternalReference);
    }
    let followed = |address: &str| {
        address.is_empty()
            || address.starts_with('#')
            || address.starts_with("www.")
            || FOLLOWED.iter().any(|scheme| address.starts_with(scheme))
    };
    if followed(&address) {
        return Ok(());
    }
    let address = decoded(target).ok_or(Reason::ExternalReference)?;
    if followed(&address) { Ok(()) } else { Err(kind(&address)) }
}

/// Judges a link of which only the start is literal: a formula or a field computes the rest.
pub(crate) fn computed_link(beginning: &str) -> Result<(), Reason> {
    let address = plain(beginning);
    let fixed = ["#", "http://", "https://", "mailto:", "tel:"];
    if fixed.iter().any(|start| address.starts_with(start)) { link(beginning) } else { Err(kind(&address)) }
}

/// Judges the target of displayed content: it must be a part of the file.
pub(crate) fn part(target: &str) -> Result<(), Reason> {
    let target = decoded(target).ok_or(Reason::ExternalReference)?;
    let leaves =
        target.contains([':', '\\']) || target.starts_with('/') || target.split('/').any(|step| step == "..");
    if leaves { Err(kind(&target)) } else { Ok(()) }
}

/// Judges the path of the template of a document.
///
/// Programs write the path on their author's disk. Nothing is fetched unless the path is on a
/// network.
pub(crate) fn template(target: &str) -> Result<(), Reason> {
    let path = decoded(target).ok_or(Reason::ExternalReference)?;
    let local = path.strip_prefix("file://localhost/").or(path.strip_prefix("file:///"));
    let path = local.or(path.strip_prefix('/')).unwrap_or(&path);
    let drive = matches!(path.as_bytes(), [b'a'..=b'z', b':', ..]);
    let steps = if drive { path[2..].trim_start_matches(['/', '\\']) } else { path };
    // Two consecutive separators, or one left at the start, mean a network path.
    let doubled =
        steps.as_bytes().windows(2).any(|pair| pair.iter().all(|byte| matches!(byte, b'/' | b'\\')));
    let remote = doubled || steps.starts_with(['/', '\\']) || steps.contains(':');
    if remote { Err(kind(path)) } else { Ok(()) }
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

/// Decodes a byte string that is an address, such as a PDF string.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let units = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(move |pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|one| one.unwrap_or('\u{FFFD}')).collect::<String>()
    };
    match bytes {
        [0xfe, 0xff, ..] => units(u16::from_be_bytes).into(),
        [0xff, 0xfe, ..] => units(u16::from_le_bytes).into(),
        _ => String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_kept_when_they_wait() {
        for target in [
            "#page2",
            "https://example.org/a",
            " HTTP://x",
            "mailto:a@b?subject=x",
            "tel:+33123456789",
            "www.example.org",
            "http%3A//example.org",
            "",
        ] {
            assert_eq!(link(target), Ok(()), "{target}");
        }
    }

    #[test]
    fn links_of_other_schemes_are_refused_however_they_are_spelled() {
        for target in [
            "file:///etc/passwd",
            "FILE:c:/x",
            "f\u{9}ile:///x",
            "file%3A///etc/passwd",
            "%66ile:///x",
            "%2566ile:///x",
            "%252525252566ile:///x",
            r"\\server\share",
            "%5c%5cserver/share",
            "/\\server",
            "//host/a",
            r"c:\windows\calc.exe",
            "ms-msdt:/id x",
            "search-ms:query=x",
            "ftp://host/a",
            "autre.docx",
            "../a.exe",
            "mailto:a@b?attach=/etc/passwd",
            "jar:http://x!/",
            "httpx://a",
        ] {
            assert_eq!(link(target), Err(Reason::ExternalReference), "{target}");
        }
        for target in ["java\nscript:alert(1)", "JavaScript:a", "%6aavascript:a", "data:text/html,x"] {
            assert_eq!(link(target), Err(Reason::Script), "{target}");
        }
        assert_eq!(link("vnd.sun.star.script:a.b$c"), Err(Reason::Macro));
    }

    #[test]
    fn computed_links_have_their_scheme_written() {
        for start in ["https://maps.example/?q=", "#", "mailto:"] {
            assert_eq!(computed_link(start), Ok(()), "{start}");
        }
        for start in ["", "http", "fi", r"\\", "www."] {
            assert_eq!(computed_link(start), Err(Reason::ExternalReference), "{start}");
        }
    }

    #[test]
    fn parts_are_inside() {
        for target in ["Pictures/1.png", "./Object 1", "#Feuille1.A1", ""] {
            assert_eq!(part(target), Ok(()), "{target}");
        }
        for target in [
            "https://x/a.png",
            "../a.png",
            "/a.png",
            "a/../../b",
            r"\\x\y",
            "file:a",
            "%2e%2e/a",
            "file%3aa",
            "%5c%5cx",
        ] {
            assert_eq!(part(target), Err(Reason::ExternalReference), "{target}");
        }
    }

    #[test]
    fn templates_are_on_a_disk() {
        for target in [
            "../../Mod%C3%A8les/lettre.ott",
            "file:///C:\\Users\\a\\Normal.dotm",
            "file:///c:/a/b.dotx",
            "/C:/Users/a/b.ott",
            "file:///home/a/b.ott",
            "Normal.dotm",
        ] {
            assert_eq!(template(target), Ok(()), "{target}");
        }
        for target in [
            "http://x/a.dotm",
            r"\\server\a.dotm",
            "//server/a.dotm",
            r"file:///\\server\a.dotm",
            "file:////server/a.dotm",
            "file://server/a.dotm",
            "file:///%5c%5cserver/a",
            "mhtml:http://x",
        ] {
            assert_eq!(template(target), Err(Reason::ExternalReference), "{target}");
        }
    }

    #[test]
    fn addresses_of_pdf_are_read_in_any_of_its_encodings() {
        assert_eq!(text(b"file:"), "file:");
        assert_eq!(text(b"\xfe\xff\0f\0i"), "fi");
        assert_eq!(text(b"\xff\xfef\0i\0"), "fi");
    }
}
