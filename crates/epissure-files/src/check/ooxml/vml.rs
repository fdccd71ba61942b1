//! VML, which Office writes and reads leniently: attributes without quotes, elements left open.
//!
//! Tags are read one by one, in comments too, because a more lenient reader may interpret a tag in
//! a comment.

use std::io::BufRead;

use super::super::markup::{Attribute, Element, Sieve, Visitor};
use super::fields::Fields;
use crate::verdict::{Reason, Stop};

/// Maximum text of one element passed to the checks, in bytes.
const TEXT_BYTES: usize = 64 * 1024;
/// Maximum number of attributes of one element.
const ATTRIBUTES: usize = 512;

pub(crate) fn scan(input: &mut dyn BufRead) -> Result<(), Stop> {
    let mut sieve = Sieve::new(input);
    let mut fields = Fields::of_vml();
    let mut piece = Vec::new();
    loop {
        piece.clear();
        sieve.next_event();
        sieve.read_until(b'<', &mut piece)?;
        let ends = piece.pop_if(|last| *last == b'<').is_none();
        let text = unescaped(&piece);
        fields.text(&text[..text.floor_char_boundary(TEXT_BYTES)])?;
        if ends {
            return Ok(fields.finish()?);
        }
        piece.clear();
        sieve.next_event();
        tag(&mut sieve, &mut piece)?;
        let tag = String::from_utf8_lossy(&piece);
        if tag.len() >= 8 && tag.as_bytes()[..8].eq_ignore_ascii_case(b"!DOCTYPE") {
            return Err(Reason::DocumentType.into());
        }
        if tag.starts_with('/') {
            fields.close()?;
        } else if tag.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
            fields.open(&element(&tag)?)?;
        }
    }
}

/// Reads a tag up to the unquoted `>`. Of a comment or a section, reads only the opening mark.
fn tag(sieve: &mut Sieve<'_>, piece: &mut Vec<u8>) -> Result<(), Stop> {
    let mut quote = None;
    loop {
        let Some(&byte) = sieve.fill_buf()?.first() else { return Ok(()) };
        if byte == b'<' && quote.is_none() {
            // The preceding text was not a tag.
            return Ok(());
        }
        sieve.consume(1);
        match (quote, byte) {
            (None, b'>') => return Ok(()),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        piece.push(byte);
        if matches!(&piece[..], b"!--" | b"![") {
            return Ok(());
        }
    }
}

fn unescaped(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    quick_xml::escape::unescape(&text).map_or_else(|_| text.to_string(), std::borrow::Cow::into_owned)
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or_default()
}

/// Parses a name and the `name=value` pairs after it.
fn element(tag: &str) -> Result<Element<'_>, Reason> {
    let is_end = |one: char| one.is_whitespace() || matches!(one, '/' | '=' | '"' | '\'');
    let (name, mut rest) = tag.split_at(tag.find(is_end).unwrap_or(tag.len()));
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let start = rest.trim_start_matches(is_end);
        let (name, after) = start.split_at(start.find(is_end).unwrap_or(start.len()));
        let Some(value) = after.trim_start().strip_prefix('=') else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        attributes.push(Attribute { name: local(name), value: unescaped(value.as_bytes()).into() });
        if attributes.len() > ATTRIBUTES {
            return Err(Reason::Uncheckable);
        }
        rest = after;
    }
    Ok(Element { namespace: "", name: local(name), attributes, depth: 0 })
}
