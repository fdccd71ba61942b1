//! Streaming XML parser: no entities, no declarations, bounded depth and memory.
//!
//! The checks search ASCII words only, so every byte beyond ASCII is read as `_`, which is in none
//! of these words. Encodings in which ASCII characters are not their own bytes are rejected.

mod sieve;

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::NsReader;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

use crate::verdict::{Reason, Stop};
pub(crate) use sieve::Sieve;

/// Maximum nesting depth of elements.
const DEPTH: usize = 512;
/// Maximum number of attributes of one element.
const ATTRIBUTES: usize = 512;
/// Maximum number of namespace declarations in scope, because each name lookup searches them.
const NAMESPACES: usize = 128;
/// Maximum total size of the open start tags, in bytes: the parser stores them to match the end
/// tags.
const OPEN_BYTES: usize = 2 << 20;

/// Encodings in which every byte below 128 is its ASCII character and nothing else.
const ENCODINGS: &[&str] = &["utf-8", "utf8", "us-ascii", "ascii", "latin1", "macintosh", "x-mac-roman"];
/// Prefixes of the names of further such encodings.
const ENCODING_FAMILIES: &[&str] = &["iso-8859-", "windows-125", "cp125"];

/// Element, with names resolved to namespaces.
pub(crate) struct Element<'a> {
    /// Namespace, empty if none.
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) attributes: Vec<Attribute<'a>>,
    /// Number of ancestors.
    pub(crate) depth: usize,
}

impl Element<'_> {
    /// Returns the value of the first attribute with a local name, whatever its prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| &*attribute.value)
    }
}

/// Attribute that is not a namespace declaration.
pub(crate) struct Attribute<'a> {
    /// Local name.
    pub(crate) name: &'a str,
    /// Value, with character references resolved.
    pub(crate) value: Cow<'a, str>,
}

/// Receiver of a document's events.
pub(crate) trait Visitor {
    /// Handles the start of an element.
    fn open(&mut self, element: &Element<'_>) -> Result<(), Reason>;

    /// Handles the end of the innermost open element.
    fn close(&mut self) -> Result<(), Reason> {
        Ok(())
    }

    /// Handles a document type. Rejected unless the format's own programs write one; its
    /// declarations are never read.
    fn document_type(&mut self, _declaration: &str) -> Result<(), Reason> {
        Err(Reason::DocumentType)
    }

    /// Handles text, which may arrive in several pieces.
    fn text(&mut self, _text: &str) -> Result<(), Reason> {
        Ok(())
    }
}

/// Parses a whole document.
pub(crate) fn walk(input: &mut dyn BufRead, visitor: &mut impl Visitor) -> Result<(), Stop> {
    let mut reader = NsReader::from_reader(Sieve::new(input));
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.check_end_names = true;
    config.check_comments = false; // irrelevant here, and an extra pass over each comment
    reader.resolver_mut().set_max_namespace_bindings(ATTRIBUTES);

    let mut buffer = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut has_root = false;
    loop {
        buffer.clear();
        reader.get_mut().next_event();
        match reader.read_event_into(&mut buffer).map_err(stop)? {
            Event::Start(start) => {
                if open.is_empty() && std::mem::replace(&mut has_root, true) {
                    return Err(Reason::Malformed.into());
                }
                open.push(Open::within(open.last(), &start)?);
                if open.len() > DEPTH {
                    return Err(Reason::Uncheckable.into());
                }
                visitor.open(&element(&reader, &start, open.len() - 1)?)?;
            }
            Event::End(_) => {
                open.pop();
                visitor.close()?;
            }
            Event::Text(text) if open.is_empty() => {
                if !text.trim().is_empty() {
                    return Err(Reason::Malformed.into());
                }
            }
            Event::Text(text) => visitor.text(&text)?,
            Event::CData(text) if !open.is_empty() => visitor.text(&text)?,
            Event::GeneralRef(reference) if !open.is_empty() => visitor.text(&character(&reference)?)?,
            Event::CData(_) | Event::GeneralRef(_) => return Err(Reason::Malformed.into()),
            Event::Comment(_) => {}
            Event::PI(instruction) => {
                if instruction.target().eq_ignore_ascii_case("xml-stylesheet") {
                    return Err(Reason::ExternalReference.into());
                }
            }
            Event::Decl(declaration) => {
                if has_root || !is_known(&declaration) {
                    return Err(Reason::Uncheckable.into());
                }
            }
            Event::DocType(declaration) if !has_root => visitor.document_type(&declaration)?,
            Event::DocType(_) => return Err(Reason::Malformed.into()),
            Event::Eof => break,
            Event::Empty(_) => {} // expanded
        }
    }
    if has_root && open.is_empty() { Ok(()) } else { Err(Reason::Truncated.into()) }
}

/// Totals of the open elements, down to this one.
struct Open {
    bytes: usize,
    namespaces: usize,
}

impl Open {
    fn within(outer: Option<&Open>, start: &BytesStart<'_>) -> Result<Open, Reason> {
        let (bytes, declared) = outer.map_or((0, 0), |outer| (outer.bytes, outer.namespaces));
        let open = Open { bytes: bytes + start.len(), namespaces: declared + namespaces(start)? };
        let fits = open.bytes <= OPEN_BYTES && open.namespaces <= NAMESPACES;
        if fits { Ok(open) } else { Err(Reason::Uncheckable) }
    }
}

/// Returns the number of namespaces declared by an element, after checking the number of its
/// attributes.
fn namespaces(start: &BytesStart<'_>) -> Result<usize, Reason> {
    let mut namespaces = 0;
    for (index, attribute) in start.attributes().with_checks(false).enumerate() {
        let attribute = attribute.map_err(|_| Reason::Malformed)?;
        namespaces += usize::from(attribute.key.as_namespace_binding().is_some());
        if index >= ATTRIBUTES {
            return Err(Reason::Uncheckable);
        }
    }
    Ok(namespaces)
}

fn element<'a, R>(
    reader: &'a NsReader<R>,
    start: &'a BytesStart<'_>,
    depth: usize,
) -> Result<Element<'a>, Reason> {
    let (namespace, name) = reader.resolver().resolve_element(start.name());
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => namespace.into_inner(),
        ResolveResult::Unbound => "",
        ResolveResult::Unknown(_) => return Err(Reason::Malformed),
    };
    let mut attributes = Vec::new();
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| Reason::Malformed)?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|_| Reason::DocumentType)?;
        attributes.push(Attribute { name: attribute.key.local_name().into_inner(), value });
    }
    Ok(Element { namespace, name: name.into_inner(), attributes, depth })
}

/// Resolves a character reference, or one of the five predefined entities.
fn character(reference: &BytesRef<'_>) -> Result<String, Reason> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Ok(character.into()),
        Ok(None) => quick_xml::escape::resolve_predefined_entity(reference)
            .map(str::to_owned)
            .ok_or(Reason::DocumentType),
        Err(_) => Err(Reason::Malformed),
    }
}

fn is_known(declaration: &BytesDecl<'_>) -> bool {
    match declaration.encoding() {
        None => true,
        Some(Ok(encoding)) => {
            let encoding = encoding.to_ascii_lowercase();
            ENCODINGS.contains(&encoding.as_str())
                || ENCODING_FAMILIES.iter().any(|family| encoding.starts_with(family))
        }
        Some(Err(_)) => false,
    }
}

fn stop(error: quick_xml::Error) -> Stop {
    match error {
        quick_xml::Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(reason) => Stop::Rejected(*reason),
            None => Stop::Io(std::io::Error::new(error.kind(), error)),
        },
        _ => Stop::Rejected(Reason::Malformed),
    }
}
