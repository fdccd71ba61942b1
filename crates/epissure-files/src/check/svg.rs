//! SVG (version 2): no scripts, nothing fetched. Judged by structure, with the tables of
//! [`vocabulary`].

mod style;
mod vocabulary;

use std::io::BufRead;

use super::markup::{self, Attribute, Element, Visitor};
use super::reference;
use crate::verdict::{Reason, Stop};
use vocabulary::{Role, Vocabulary};

const SVG: &str = "http://www.w3.org/2000/svg";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Embedded pictures that a drawing may contain; nested SVG is excluded, because it would need a
/// check of its own.
const PICTURES: &[&str] = &[
    "data:image/png;",
    "data:image/jpeg;",
    "data:image/jpg;",
    "data:image/gif;",
    "data:image/webp;",
    "data:image/bmp;",
];

/// Maximum total length of the text of a style, in bytes, after shortening by the parser.
const STYLE_BYTES: usize = 1 << 20;

pub(crate) fn check(input: &mut dyn BufRead) -> Result<(), Stop> {
    markup::walk(input, &mut Drawing::default())
}

#[derive(Default)]
struct Drawing {
    depth: usize,
    /// Depth of the style being read.
    style: Option<usize>,
    /// Depth of the outermost `foreignObject`, in which labels are XHTML.
    label: Option<usize>,
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
        // Readers disagree about which text of a style with child elements counts.
        if self.style.is_some() {
            return Err(Reason::Uncheckable);
        }
        self.depth += 1;
        let name = element.name.to_ascii_lowercase();
        let vocabulary = Vocabulary::of(element.namespace);
        vocabulary::element(vocabulary, &name)?;
        match vocabulary {
            Vocabulary::Xhtml if self.label.is_none() => return Err(Reason::ActiveContent),
            Vocabulary::Svg if name == "foreignobject" => self.label = self.label.or(Some(self.depth)),
            _ => {}
        }
        if name == "style" {
            self.style = Some(self.depth);
            self.text.clear();
        }
        if vocabulary == Vocabulary::Foreign {
            return Ok(());
        }
        element.attributes.iter().try_for_each(|attribute| judge(&name, attribute))
    }

    fn close(&mut self) -> Result<(), Reason> {
        if self.style == Some(self.depth) {
            self.style = None;
            style::judge(&std::mem::take(&mut self.text))?;
        }
        self.label = self.label.filter(|depth| *depth != self.depth);
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

/// Returns true for the document types that programs write: the bare one, and those of the W3C
/// without declarations.
fn is_published(declaration: &str) -> bool {
    if declaration.trim() == "svg" {
        return true;
    }
    let mut parts = declaration.split('"');
    let [kind, public, _, system, rest] = [(); 5].map(|()| parts.next().unwrap_or("?").trim());
    kind.split_ascii_whitespace().eq(["svg", "PUBLIC"])
        && public.starts_with("-//W3C//DTD SVG ")
        && (system.starts_with("http://www.w3.org/") || system.starts_with("https://www.w3.org/"))
        && rest.is_empty()
        && parts.next().is_none()
}

fn judge(element: &str, attribute: &Attribute<'_>) -> Result<(), Reason> {
    let (name, value) = (attribute.name.to_ascii_lowercase(), &*attribute.value);
    if vocabulary::is_handler(&name) {
        return Err(Reason::Script);
    }
    match vocabulary::attribute(&name) {
        Role::Text => Ok(()),
        Role::Refused(reason) => Err(reason),
        Role::Address if element == "a" => reference::link(value),
        Role::Address if value.starts_with('#') || value.trim().is_empty() || is_picture(value) => Ok(()),
        Role::Address if reference::has_script(value) => Err(Reason::Script),
        Role::Address => Err(Reason::ExternalReference),
        // An animation could set a rejected value, so handlers and addresses may not be animated.
        Role::Animated => {
            let animated = value.trim().to_ascii_lowercase();
            let local = animated.rsplit(':').next().unwrap_or_default();
            if vocabulary::is_handler(local) {
                Err(Reason::Script)
            } else if vocabulary::attribute(local) == Role::Address {
                Err(Reason::ExternalReference)
            } else {
                Ok(())
            }
        }
        Role::Style if reference::has_script(value) => Err(Reason::Script),
        Role::Style => style::judge(value),
    }
}

fn is_picture(value: &str) -> bool {
    let start: String = value.trim_start().chars().take(32).collect::<String>().to_ascii_lowercase();
    PICTURES.iter().any(|kind| start.starts_with(kind))
}
