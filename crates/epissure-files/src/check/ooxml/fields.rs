//! What a part of a document fetches or opens, whatever the relationships say: fields, formulas, pictures, objects.

use super::super::markup::{Element, Visitor};
use super::super::reference;
use crate::verdict::Reason;

/// Fields of Word that fetch, or run what they name (ECMA-376, part 1, section 17.16.5).
const FIELDS: &[&str] = &[
    "DDE",
    "DDEAUTO",
    "INCLUDETEXT",
    "INCLUDEPICTURE",
    "INCLUDE",
    "IMPORT",
    "LINK",
    "DATABASE",
    "RD",
    "EMBED",
];

/// Elements that open what a relationship leads to, whatever type that one says it has.
const ELEMENTS: &[(&str, Reason)] = &[
    ("OLEObject", Reason::EmbeddedFile),
    ("oleObject", Reason::EmbeddedFile),
    ("objectEmbed", Reason::EmbeddedFile),
    ("altChunk", Reason::EmbeddedFile),
    ("objectLink", Reason::ExternalReference),
    ("attachedTemplate", Reason::ExternalReference),
    ("subDoc", Reason::ExternalReference),
    ("sourceFileName", Reason::ExternalReference),
    ("externalReference", Reason::ExternalReference),
    ("ddeLink", Reason::ExternalReference),
    ("ddeItem", Reason::ExternalReference),
    ("oleLink", Reason::ExternalReference),
];

/// How much of a field's instruction is kept: its name stands first.
const FIELD_BYTES: usize = 256;
/// How much of a formula: what is longer is refused, as spreadsheets hold 8,192 characters.
const FORMULA_BYTES: usize = 64 * 1024;

/// Elements of VML that show a picture, and the attributes that say where it is.
const PICTURES: &[&str] = &["imagedata", "fill", "stroke"];
const SOURCES: &[&str] = &["src", "href", "althref"];

/// Any part that is not about the package.
#[derive(Default)]
pub(crate) struct Fields {
    reading: Reading,
    /// Of the field or the formula that is being read; a field may be cut over many elements.
    text: String,
}

#[derive(Default, PartialEq)]
enum Reading {
    #[default]
    Nothing,
    Field,
    Formula,
}

impl Visitor for Fields {
    fn open(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        if let Some((_, reason)) = ELEMENTS.iter().find(|(name, _)| *name == element.name) {
            return Err(*reason);
        }
        self.reading = match element.name {
            "instrText" => Reading::Field,
            "f" | "formula" | "formula1" | "formula2" | "definedName" => {
                self.text.clear();
                Reading::Formula
            }
            _ => Reading::Nothing,
        };
        match element.name {
            "fldChar" => self.text.clear(),
            "fldSimple" => field(element.attribute("instr").unwrap_or_default())?,
            // A picture that is not in the document.
            "blip" if element.attribute("link").is_some() => return Err(Reason::ExternalReference),
            name if PICTURES.contains(&name) => {
                let sources = SOURCES.iter().filter_map(|name| element.attribute(name));
                sources.into_iter().try_for_each(reference::part)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Reason> {
        match std::mem::take(&mut self.reading) {
            Reading::Field => field(&self.text),
            Reading::Formula if reference::fetching_formula(&self.text) => Err(Reason::ExternalReference),
            Reading::Formula | Reading::Nothing => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Reason> {
        match self.reading {
            Reading::Nothing => {}
            Reading::Field => {
                let text = if self.text.is_empty() { text.trim_start() } else { text };
                let room = FIELD_BYTES.saturating_sub(self.text.len());
                self.text.extend(text.chars().take(room));
            }
            Reading::Formula if self.text.len() + text.len() > FORMULA_BYTES => {
                return Err(Reason::Uncheckable);
            }
            Reading::Formula => self.text.push_str(text),
        }
        Ok(())
    }
}

/// Refuses an instruction, as far as it was read, whose name is one of [`FIELDS`].
fn field(instruction: &str) -> Result<(), Reason> {
    let name =
        instruction.trim_start().split(|one: char| !one.is_ascii_alphanumeric()).next().unwrap_or_default();
    let refused = FIELDS.iter().any(|one| one.eq_ignore_ascii_case(name));
    if refused { Err(Reason::ExternalReference) } else { Ok(()) }
}
