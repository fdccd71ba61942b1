//! Elements, formulas and pictures of a part that fetch or open resources without a relationship.
//! Fields of Word are read by [`instructions`](super::instructions).

use super::super::markup::{Element, Visitor};
use super::super::{formula, reference};
use super::instructions::Instructions;
use crate::verdict::Reason;

/// Elements that open the target of a relationship, whatever type it declares.
const ELEMENTS: &[(&str, Reason)] = &[
    ("OLEObject", Reason::EmbeddedFile),
    ("oleObject", Reason::EmbeddedFile),
    ("objectEmbed", Reason::EmbeddedFile),
    ("altChunk", Reason::EmbeddedFile),
    ("ScriptText", Reason::Script),
    ("objectLink", Reason::ExternalReference),
    ("subDoc", Reason::ExternalReference),
    ("sourceFileName", Reason::ExternalReference),
    ("externalReference", Reason::ExternalReference),
    ("ddeLink", Reason::ExternalReference),
    ("ddeItem", Reason::ExternalReference),
    ("DDE", Reason::ExternalReference),
    ("oleLink", Reason::ExternalReference),
    // Mail merge: its data source is opened with the document (ECMA-376, part 1, section 17.14).
    ("mailMerge", Reason::ExternalReference),
    ("recipientData", Reason::ExternalReference),
    // Power Query queries, as an archive in base64.
    ("DataMashup", Reason::ExternalReference),
    ("webVideoPr", Reason::ActiveContent),
    ("webPublishItem", Reason::ExternalReference),
];

/// Elements whose text is a formula.
const FORMULAS: &[&str] = &[
    "f",
    "formula",
    "formula1",
    "formula2",
    "definedName",
    "calculatedColumnFormula",
    "totalsRowFormula",
    "FmlaLink",
    "FmlaRange",
    "FmlaPict",
    "FmlaGroup",
    "FmlaTxbx",
];

/// Maximum length of a formula, in bytes; longer ones are rejected, as spreadsheets allow 8,192
/// characters.
const FORMULA_BYTES: usize = 64 * 1024;

/// VML elements that display a picture, and the attributes with its address.
const PICTURES: &[&str] = &["imagedata", "fill", "stroke"];
const SOURCES: &[&str] = &["src", "href", "althref"];

/// Prefix of the VML namespaces, in which an `href` is a link.
const VML: &str = "urn:schemas-microsoft-com:";

/// Visitor of a part other than those of the package itself.
pub(crate) struct Fields<'a> {
    reading: Reading,
    text: String,
    instructions: Instructions,
    /// True when every element is VML, whatever its namespace.
    is_vml: bool,
    /// Identifiers of the relationships of this part that name a template on its author's disk.
    templates: &'a [String],
}

#[derive(Default, PartialEq)]
enum Reading {
    #[default]
    Nothing,
    Instruction,
    Formula,
    Macro,
    Base,
}

impl<'a> Fields<'a> {
    pub(crate) fn of_part(templates: &'a [String]) -> Fields<'a> {
        Fields {
            reading: Reading::Nothing,
            text: String::new(),
            instructions: Instructions::default(),
            is_vml: false,
            templates,
        }
    }

    pub(crate) fn of_vml() -> Fields<'static> {
        Fields { is_vml: true, ..Fields::of_part(&[]) }
    }

    /// Checks the text and instructions still open after the last element.
    pub(crate) fn finish(mut self) -> Result<(), Reason> {
        self.end_text()?;
        self.instructions.finish()
    }

    fn end_text(&mut self) -> Result<(), Reason> {
        match std::mem::take(&mut self.reading) {
            Reading::Formula => formula::judge(&self.text),
            // Relative links are rejected, so no link depends on the base; a path on a disk opens
            // nothing by itself.
            Reading::Base => reference::link(&self.text).or_else(|_| reference::template(&self.text)),
            // `[0]!` names a macro of this file, which has none.
            Reading::Macro => assigned_macro(&self.text),
            Reading::Instruction | Reading::Nothing => Ok(()),
        }
    }
}

impl Visitor for Fields<'_> {
    fn open(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        self.end_text()?;
        if let Some((_, reason)) = ELEMENTS.iter().find(|(name, _)| *name == element.name) {
            return Err(*reason);
        }
        self.reading = match element.name {
            "instrText" | "delInstrText" => Reading::Instruction,
            // Readers interpret plain text within a field as its instruction too.
            "t" | "delText" if self.instructions.is_open() => Reading::Instruction,
            name if FORMULAS.contains(&name) => Reading::Formula,
            "FmlaMacro" => Reading::Macro,
            "HyperlinkBase" => Reading::Base,
            _ => Reading::Nothing,
        };
        self.text.clear();
        match element.name {
            "fldChar" => self.instructions.mark(element.attribute("fldCharType").unwrap_or_default())?,
            "fldSimple" => {
                self.instructions.simple(element.attribute("instr").unwrap_or_default())?;
            }
            "attachedTemplate" => {
                let id = element.attribute("id").unwrap_or_default();
                if !self.templates.iter().any(|one| one == id) {
                    return Err(Reason::ExternalReference);
                }
            }
            // Linked picture outside the document.
            "blip" if element.attribute("link").is_some() => return Err(Reason::ExternalReference),
            "hyperlink" => {
                let location = element.attribute("location").unwrap_or_default();
                if location.contains("\\\\") || location.contains("://") {
                    return Err(Reason::ExternalReference);
                }
            }
            name if PICTURES.contains(&name) => {
                let sources = element.attributes.iter().filter(|one| SOURCES.contains(&one.name));
                return sources.into_iter().try_for_each(|source| reference::part(&source.value));
            }
            _ => {}
        }
        if self.is_vml || element.namespace.starts_with(VML) {
            let links = element.attributes.iter().filter(|one| one.name == "href");
            links.into_iter().try_for_each(|link| reference::link(&link.value))?;
        }
        for attribute in &element.attributes {
            match attribute.name {
                "macro" => assigned_macro(&attribute.value)?,
                "textlink" => formula::judge(&attribute.value)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Reason> {
        self.end_text()
    }

    fn text(&mut self, text: &str) -> Result<(), Reason> {
        match self.reading {
            Reading::Nothing => {}
            Reading::Instruction => return self.instructions.text(text),
            _ if self.text.len() + text.len() > FORMULA_BYTES => return Err(Reason::Uncheckable),
            _ => self.text.push_str(text),
        }
        Ok(())
    }
}

/// Judges the macro assigned to a button or picture: a macro of another file would be opened by a
/// click.
fn assigned_macro(name: &str) -> Result<(), Reason> {
    let foreign = name.contains(['\\', '/', ':', '|']) || name.to_ascii_lowercase().contains(".xl");
    if foreign { Err(Reason::Macro) } else { Ok(()) }
}
