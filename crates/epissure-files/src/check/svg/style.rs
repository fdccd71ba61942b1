//! Styles: no scripts, nothing fetched. Tokenized as in browsers (CSS Syntax 3), so that comments,
//! strings and escapes hide nothing.

use cssparser::{Parser, ParserInput, Token};

use super::super::reference;
use super::is_picture;
use crate::verdict::Reason;

/// Prefixes of fonts that a `url()` may contain, besides pictures and parts of the drawing.
const FONTS: &[&str] = &[
    "data:font/",
    "data:application/font",
    "data:application/x-font",
    "data:application/vnd.ms-fontobject",
    "data:application/octet-stream",
];

/// Functions whose strings are addresses.
const ADDRESSED: &[&str] = &["url", "src", "image", "image-set", "-webkit-image-set", "cross-fade"];

/// Properties that run or fetch their value in old browsers.
const PROPERTIES: &[(&str, Reason)] =
    &[("-moz-binding", Reason::Script), ("behavior", Reason::Script), ("progid", Reason::ExternalReference)];

/// Maximum nesting depth of blocks.
const DEPTH: usize = 32;

/// Judges a style sheet, a `style` attribute, or another attribute, because most SVG attributes are
/// styles too.
pub(super) fn judge(css: &str) -> Result<(), Reason> {
    if !css.contains(['(', '@', ':', '\\']) {
        return Ok(());
    }
    sheet(css)?;
    // Old readers join the words on both sides of a comment.
    if css.contains("/*") { sheet(&without_comments(css)) } else { Ok(()) }
}

fn sheet(css: &str) -> Result<(), Reason> {
    let mut input = ParserInput::new(css);
    block(&mut Parser::new(&mut input), Strings::Text, 0)
}

fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        out.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    out + rest
}

/// Meaning of the strings in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strings {
    Text,
    Addresses,
    /// Addresses, at least one of which must be literal.
    Required,
}

fn block(parser: &mut Parser<'_, '_>, strings: Strings, depth: usize) -> Result<(), Reason> {
    if depth > DEPTH {
        return Err(Reason::Uncheckable);
    }
    let mut last_name = String::new();
    let mut has_address = false;
    // True within a namespace declaration, whose address is a name and is not fetched.
    let mut is_namespace = false;
    while let Ok(token) = parser.next() {
        let token = token.clone();
        let inside = match &token {
            Token::Function(name) => Some(name.to_ascii_lowercase()),
            Token::ParenthesisBlock | Token::SquareBracketBlock | Token::CurlyBracketBlock => {
                Some(String::new())
            }
            _ => None,
        };
        if let Some(function) = inside {
            if function == "expression" {
                return Err(Reason::Script);
            }
            let strings = match function.as_str() {
                _ if is_namespace => Strings::Text,
                "url" | "src" => Strings::Required,
                name if ADDRESSED.contains(&name) => Strings::Addresses,
                "type" | "format" | "tech" => Strings::Text,
                _ if strings == Strings::Required => return Err(Reason::ExternalReference),
                _ => strings,
            };
            let inner = parser.parse_nested_block(|inner| {
                block(inner, strings, depth + 1).map_err(|reason| inner.new_custom_error::<_, Reason>(reason))
            });
            inner.map_err(|error| match error.kind {
                cssparser::ParseErrorKind::Custom(reason) => reason,
                cssparser::ParseErrorKind::Basic(_) => Reason::Uncheckable,
            })?;
            last_name.clear();
            continue;
        }
        match &token {
            Token::AtKeyword(name) if name.eq_ignore_ascii_case("import") => {
                return Err(Reason::ExternalReference);
            }
            Token::AtKeyword(name) => is_namespace = name.eq_ignore_ascii_case("namespace"),
            Token::Semicolon => is_namespace = false,
            Token::UnquotedUrl(url) if !is_namespace => address(url)?,
            Token::BadUrl(_) => return Err(Reason::ExternalReference),
            Token::QuotedString(text) if strings != Strings::Text => {
                has_address = true;
                address(text)?;
            }
            Token::Colon => {
                if let Some((_, reason)) = PROPERTIES.iter().find(|(name, _)| *name == last_name) {
                    return Err(*reason);
                }
            }
            _ => {}
        }
        last_name = match token {
            Token::Ident(name) => name.to_ascii_lowercase(),
            _ => String::new(),
        };
    }
    if strings == Strings::Required && !has_address { Err(Reason::ExternalReference) } else { Ok(()) }
}

fn address(target: &str) -> Result<(), Reason> {
    let plain: String = target.chars().filter(|one| !one.is_whitespace()).collect();
    let lower = plain.get(..64).unwrap_or(&plain).to_ascii_lowercase();
    if plain.is_empty()
        || plain.starts_with('#')
        || is_picture(&plain)
        || FONTS.iter().any(|font| lower.starts_with(font))
    {
        return Ok(());
    }
    Err(if reference::has_script(target) { Reason::Script } else { Reason::ExternalReference })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_take_nothing_from_outside() {
        for css in [
            "fill:url(#a)",
            "url( '#a' )",
            "font-family:\"x\\201C\"",
            "src:url(data:font/woff2;base64,AA)",
            "content:\"url(http://x)\"",
            "/* @import 'a' */ a{}",
            "@namespace svg url(http://www.w3.org/2000/svg); g{}",
            "scroll-behavior: smooth",
            ".behavior{color:red}",
            "background:image-set(url(#a) type(\"image/png\"))",
            "transform:translate(1px,calc(2px*(3 + 4)))",
        ] {
            assert_eq!(judge(css), Ok(()), "{css}");
        }
        for css in [
            "url(http://x)",
            "U\\52L(//x)",
            "u\\72 l(x.png)",
            "@import 'x'",
            "@\\69mport 'x'",
            "@im/**/port 'x'",
            "image-set('x.png' 1x)",
            "content:\"/*\";fill:url(http://x);content:\"*/\"",
            "a{content:'/*'} @import 'x'; b{content:'*/'}",
            "content:\"\\\";fill:url(#a)\";fill:url(http://x)",
            "content:\"a\nfill:url(http://x)",
            "--x:url(//x)",
            "src(var(--x))",
            "url(var(--x))",
            "a:url(\"data:image/svg+xml;base64,AA\")",
            "filter:progid:DX.AlphaImageLoader(src='x')",
            "a{fill:url(http://x",
        ] {
            assert_eq!(judge(css), Err(Reason::ExternalReference), "{css}");
        }
        for css in [
            "width: expression(alert(1))",
            "width: expr/**/ession(a)",
            "behavior: url(#a)",
            "-moz-binding:none",
            "fill:url(javascript:a)",
        ] {
            assert_eq!(judge(css), Err(Reason::Script), "{css}");
        }
        assert_eq!(judge(&"(".repeat(100_000)), Err(Reason::Uncheckable));
    }
}
