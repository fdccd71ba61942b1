//! What a part of a document fetches or opens, whatever the relationships say: elements, formulas, pictures.
//! Fields of Word are read by [`instructions`](super::instructions).

use super::super::markup::{Element, Visitor};
use super::super::{formula, reference};
use super::instructions::Instructions;
use crate::verdict::Reason;

/// Elements that open what a relationship leads to, whatever type that one says it has.
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
    // Mail merge: the source of its data is opened with the document (ECMA-376, part 1, section 17.14).
    ("mailMerge", Reason::ExternalReference),
    ("recipientData", Reason::ExternalReference),
    // Queries of Power Query, as an archive in base64.
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

/// How much of a formula is held: what is longer is refused, as spreadsheets hold 8,192 characters.
const FORMULA_BYTES: usize = 64 * 1024;

/// Elements of VML that show a picture, and the attributes that say where it is.
const PICTURES: &[&str] = &["imagedata", "fill", "stroke"];
const SOURCES: &[&str] = &["src", "href", "althref"];

/// Beginning of the namespaces of VML, in which an `href` is a link.
const VML: &str = "urn:schemas-microsoft-com:";

/// Any part that is not about the package.
pub(crate) struct Fields<'a> {
    reading: Reading,
    text: String,
    instructions: Instructions,
    /// Every element is of VML, whatever its namespace.
    is_vml: bool,
    /// Identifiers of the relationships by which this part names a template on its author's disk.
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

    /// After the last element.
    pub(crate) fn finish(mut self) -> Result<(), Reason> {
        self.end_text()?;
        self.instructions.finish()
    }

    fn end_text(&mut self) -> Result<(), Reason> {
        match std::mem::take(&mut self.reading) {
            Reading::Formula => formula::judge(&self.text),
            // Nothing is relative to it, as such links are refused; on a disk it leads nowhere by itself.
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
            // A reader takes plain text between the marks of a field for its instruction too.
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
            // A picture that is not in the document.
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

/// Judges the macro of a button or a picture: one of another file is opened by a click.
fn assigned_macro(name: &str) -> Result<(), Reason> {
    let foreign = name.contains(['\\', '/', ':', '|']) || name.to_ascii_lowercase().contains(".xl");
    if foreign { Err(Reason::Macro) } else { Ok(()) }
}
