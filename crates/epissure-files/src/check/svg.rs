//! SVG (version 2): nothing that runs, nothing that is fetched.

use std::io::BufRead;

use super::markup::{self, Element, Visitor};
use super::reference;
use crate::verdict::{Reason, Stop};

const SVG: &str = "http://www.w3.org/2000/svg";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Elements that act, of SVG and of what browsers take from HTML, whatever the case and the namespace.
const ELEMENTS: &[(&str, Reason)] = &[
    ("script", Reason::Script),
    ("handler", Reason::Script),
    ("listener", Reason::Script),
    ("foreignobject", Reason::ActiveContent),
    ("iframe", Reason::ActiveContent),
    ("embed", Reason::ActiveContent),
    ("object", Reason::ActiveContent),
    ("audio", Reason::ActiveContent),
    ("video", Reason::ActiveContent),
    ("link", Reason::ExternalReference),
    ("base", Reason::ExternalReference),
    ("meta", Reason::ActiveContent),
    ("form", Reason::ActiveContent),
    ("stylesheet", Reason::ActiveContent),
    ("binding", Reason::ActiveContent),
];

/// Pictures that a drawing may hold: SVG is not one, as it would have to be checked as well.
const PICTURES: &[&str] = &[
    "data:image/png;base64,",
    "data:image/jpeg;base64,",
    "data:image/jpg;base64,",
    "data:image/gif;base64,",
    "data:image/webp;base64,",
];

/// What a style may take from a `url()`, beside parts of the drawing.
const FONTS: &[&str] = &["data:font/", "data:application/font", "data:application/x-font"];

/// What styles run or fetch without a `url()`.
const STYLES: &[(&str, Reason)] = &[
    ("@import", Reason::ExternalReference),
    ("expression(", Reason::Script),
    ("-moz-binding", Reason::Script),
    ("behavior:", Reason::Script),
];

/// How much text styles may have together, shortened as the parser gets it.
const STYLE_BYTES: usize = 1 << 20;

pub(crate) fn check(input: &mut dyn BufRead) -> Result<(), Stop> {
    markup::walk(input, &mut Drawing::default())
}

#[derive(Default)]
struct Drawing {
    depth: usize,
    /// The depth of the style that is being read.
    style: Option<usize>,
    text: String,
}

impl Visitor for Drawing {
    fn document_type(&mut self, declaration: &str) -> Result<(), Reason> {
        if is_published(declaration) { Ok(()) } else { Err(Reason::DocumentType) }
    }

    fn open(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        if element.depth == 0 && (element.namespace, element.name) != (SVG, "svg") {
            return Err(Reason::Content);
        }
        self.depth += 1;
        let name = element.name.to_ascii_lowercase();
        if let Some((_, reason)) = ELEMENTS.iter().find(|(one, _)| *one == name) {
            return Err(*reason);
        }
        if element.namespace == XHTML {
            return Err(Reason::ActiveContent);
        }
        if name == "style" && self.style.is_none() {
            self.style = Some(self.depth);
            self.text.clear();
        }
        element.attributes.iter().try_for_each(|attribute| self::attribute(attribute.name, &attribute.value))
    }

    fn close(&mut self) -> Result<(), Reason> {
        if self.style == Some(self.depth) {
            self.style = None;
            style(&std::mem::take(&mut self.text))?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Reason> {
        if self.style.is_some() {
            self.text.push_str(text);
        }
        if self.text.len() <= STYLE_BYTES { Ok(()) } else { Err(Reason::Uncheckable) }
    }
}

/// Whether this is the document type that Illustrator, Graphviz and Matplotlib write: W3C's own, without
/// declarations.
fn is_published(declaration: &str) -> bool {
    let mut parts = declaration.split('"');
    let [kind, public, _, system, rest] = [(); 5].map(|()| parts.next().unwrap_or("?").trim());
    kind.split_ascii_whitespace().eq(["svg", "PUBLIC"])
        && public.starts_with("-//W3C//DTD SVG ")
        && (system.starts_with("http://www.w3.org/") || system.starts_with("https://www.w3.org/"))
        && rest.is_empty()
        && parts.next().is_none()
}

fn attribute(name: &str, value: &str) -> Result<(), Reason> {
    let name = name.to_ascii_lowercase();
    if name.starts_with("on") || reference::has_script(value) {
        return Err(Reason::Script);
    }
    match name.as_str() {
        "href" | "src" | "data" | "poster" | "action" | "formaction" => {
            let inside = value.starts_with('#') || value.trim().is_empty() || is_picture(value);
            if inside { Ok(()) } else { Err(Reason::ExternalReference) }
        }
        // Another base makes `#a` a part of another file.
        "base" | "srcset" | "ping" => Err(Reason::ExternalReference),
        // An animation may put in what is refused here: handlers and addresses are not animated.
        "attributename" if value.trim().to_ascii_lowercase().starts_with("on") => Err(Reason::Script),
        "attributename" if value.to_ascii_lowercase().contains("href") => Err(Reason::ExternalReference),
        _ => style(value),
    }
}

fn is_picture(value: &str) -> bool {
    let start: String = value.chars().take(32).map(|character| character.to_ascii_lowercase()).collect();
    PICTURES.iter().any(|kind| start.starts_with(kind))
}

/// What fetches in a style.
const FUNCTIONS: &[&str] = &["url(", "src(", "image-set("];

/// A style, or any other attribute: most of SVG's are styles too.
fn style(css: &str) -> Result<(), Reason> {
    if !css.contains(['(', '@', ':', '\\']) {
        return Ok(());
    }
    let css = unescaped(css).to_ascii_lowercase();
    if reference::has_script(&css) {
        return Err(Reason::Script);
    }
    // Without spaces, so that none hides a word; the quotes around an address are of no matter either.
    let css: String = css.chars().filter(|one| !one.is_whitespace() && !matches!(one, '"' | '\'')).collect();
    if let Some((_, reason)) = STYLES.iter().find(|(word, _)| css.contains(word)) {
        return Err(*reason);
    }
    for function in FUNCTIONS {
        for (at, _) in css.match_indices(function) {
            let address = &css[at + function.len()..];
            let font = FONTS.iter().any(|kind| address.starts_with(kind));
            let nested = address.starts_with("url(");
            if !(address.starts_with('#') || is_picture(address) || font || nested) {
                return Err(Reason::ExternalReference);
            }
        }
    }
    Ok(())
}

/// Without comments and with the characters that escapes stand for (CSS Syntax 3, section 4.3.7).
fn unescaped(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find(['\\', '/']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        if let Some(comment) = tail.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
        } else if let Some(escape) = tail.strip_prefix('\\') {
            let digits = escape.bytes().take(6).take_while(u8::is_ascii_hexdigit).count();
            if digits == 0 {
                let literal = escape.chars().next();
                out.extend(literal);
                rest = &escape[literal.map_or(0, char::len_utf8)..];
            } else {
                let code = u32::from_str_radix(&escape[..digits], 16).unwrap_or_default();
                out.push(char::from_u32(code).unwrap_or('_'));
                rest = escape[digits..].strip_prefix([' ', '\t', '\n', '\r']).unwrap_or(&escape[digits..]);
            }
        } else {
            out.push('/');
            rest = &tail[1..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_take_nothing_from_outside() {
        for css in
            ["fill:url(#a)", "url( '#a' )", "font-family:\"x\\201C\"", "src:url(data:font/woff2;base64,AA)"]
        {
            assert_eq!(style(css), Ok(()), "{css}");
        }
        for css in
            ["url(http://x)", "U\\52L(//x)", "u\\72 l(x.png)", "@im/**/port 'x'", "image-set('x.png' 1x)"]
        {
            assert_eq!(style(css), Err(Reason::ExternalReference), "{css}");
        }
        assert_eq!(style("width: expression(alert(1))"), Err(Reason::Script));
    }

    #[test]
    fn escapes_and_comments_are_read_as_browsers_do() {
        assert_eq!(unescaped(r"\000075 rl\(a/b/*c*/d\"), "url(a/bd");
    }
}
