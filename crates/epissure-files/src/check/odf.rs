//! OpenDocument texts and spreadsheets (ISO/IEC 26300, ODF 1.3): the package and its parts.

use std::io::Read;

use super::archive::{self, Entry};
use super::input::Input;
use super::markup::{self, Element, Visitor};
use super::{formula, magic, member, reference, svg};
use crate::kind::Kind;
use crate::limits::Budget;
use crate::verdict::{Reason, Stop};

/// Folders of executable parts, in lower case.
const FOLDERS: &[(&str, Reason)] = &[
    ("basic/", Reason::Macro),
    ("scripts/", Reason::Macro),
    ("dialogs/", Reason::Macro),
    ("database/", Reason::EmbeddedFile),
];

/// Folder of keyboards, menus and toolbars, which may call macros. Programs write it empty.
const CONFIGURATIONS: &str = "configurations2/";

/// Extensions of parts that are parsed as XML.
const MARKUP: &[&str] = &["xml", "rdf"];

/// Extensions of parts that are only displayed.
const SHOWN: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "emf", "wmf", "svm", "ttf", "otf", "woff",
    "woff2",
];

const MIMETYPE: &str = "mimetype";
const MANIFEST: &str = "META-INF/manifest.xml";
const CONTENT: &str = "content.xml";

pub(crate) fn check(input: &mut Input<'_>, kind: Kind) -> Result<(), Stop> {
    let mut budget = Budget::of(input.length());
    let entries = archive::entries(input, &mut budget)?;
    mimetype(input, &entries[0], kind)?;
    for required in [MANIFEST, CONTENT] {
        if !entries.iter().any(|entry| entry.name == required) {
            return Err(Reason::Malformed.into());
        }
    }
    // The manifest is read first: it declares encrypted parts, which would otherwise look damaged.
    let (manifest, others): (Vec<_>, Vec<_>) = entries[1..].iter().partition(|entry| entry.name == MANIFEST);
    manifest.into_iter().chain(others).try_for_each(|entry| part(input, entry))
}

/// Checks that the first part is the uncompressed media type, which is thus at offset 38 of the
/// file (ODF 1.3, part 2, section 3.3).
fn mimetype(input: &mut Input<'_>, entry: &Entry, kind: Kind) -> Result<(), Stop> {
    let placed = entry.name == MIMETYPE && !entry.deflated && !entry.local_extra;
    if !placed || entry.size > 128 {
        return Err(Reason::Content.into());
    }
    let mut said = String::new();
    let text = member::read(input, entry, |reader| Ok(reader.read_to_string(&mut said)));
    text?.map_err(|_| Reason::Content)?;
    if said == kind.media_type() { Ok(()) } else { Err(Reason::Content.into()) }
}

enum Part {
    Markup,
    Drawing,
    Shown,
}

fn what(entry: &Entry) -> Result<Option<Part>, Reason> {
    let name = entry.name.to_lowercase();
    if let Some((_, reason)) = FOLDERS.iter().find(|(folder, _)| name.starts_with(folder)) {
        return Err(*reason);
    }
    if name.starts_with(CONFIGURATIONS) && entry.size > 0 {
        return Err(Reason::Macro);
    }
    if entry.size == 0 {
        return Ok(None);
    }
    let file = name.rsplit('/').next().unwrap_or_default();
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let replacement = name.starts_with("objectreplacements/") && extension.is_empty();
    match extension {
        "svg" => Ok(Some(Part::Drawing)),
        extension if MARKUP.contains(&extension) => Ok(Some(Part::Markup)),
        extension if SHOWN.contains(&extension) => Ok(Some(Part::Shown)),
        _ if replacement || name == "layout-cache" => Ok(Some(Part::Shown)),
        _ => Err(Reason::EmbeddedFile),
    }
}

fn part(input: &mut Input<'_>, entry: &Entry) -> Result<(), Stop> {
    let Some(part) = what(entry)? else {
        return member::read(input, entry, |_| Ok(()));
    };
    member::read(input, entry, |reader| match part {
        Part::Markup => markup::walk(reader, &mut Document),
        Part::Drawing => svg::check(reader),
        Part::Shown => {
            let mut head = Vec::new();
            reader.take(magic::MAGIC_BYTES as u64).read_to_end(&mut head)?;
            Ok(magic::shown(&head)?)
        }
    })
}

/// Local names of rejected elements. Scripts and event listeners have a namespace of their own, see
/// [`Document`].
const ELEMENTS: &[(&str, Reason)] = &[
    ("encryption-data", Reason::Encrypted),
    ("script", Reason::Macro),
    ("event-listener", Reason::Macro),
    ("execute-macro", Reason::Macro),
    ("object-ole", Reason::EmbeddedFile),
    ("plugin", Reason::ActiveContent),
    ("applet", Reason::ActiveContent),
    ("dde-source", Reason::ExternalReference),
    ("dde-link", Reason::ExternalReference),
    ("dde-connection-decl", Reason::ExternalReference),
    ("dde-connection", Reason::ExternalReference),
    ("floating-frame", Reason::ExternalReference),
    ("submission", Reason::ActiveContent),
    ("connection-resource", Reason::ExternalReference),
    // Mail merge: fields and forms with values from a database.
    ("database-display", Reason::ExternalReference),
    ("database-name", Reason::ExternalReference),
    ("database-next", Reason::ExternalReference),
    ("database-row-number", Reason::ExternalReference),
    ("database-row-select", Reason::ExternalReference),
    ("database-source-sql", Reason::ExternalReference),
    ("database-source-query", Reason::ExternalReference),
    ("database-source-table", Reason::ExternalReference),
];

const SCRIPTS: &str = "urn:oasis:names:tc:opendocument:xmlns:script:1.0";

/// Elements whose address is a link that opens only on the reader's action.
///
/// Some libraries repeat the address of a link in the properties of its text.
const LINKS: &[&str] = &["a", "bibliography-mark", "user-defined", "text-properties"];

/// Element that names the template of a text.
const TEMPLATE: &str = "template";

/// Attributes whose value is a formula: cells, named expressions, conditions, variables.
const FORMULAS: &[&str] = &["formula", "expression", "condition", "cell-range-address"];

struct Document;

impl Visitor for Document {
    fn open(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        if let Some((_, reason)) = ELEMENTS.iter().find(|(name, _)| *name == element.name) {
            return Err(*reason);
        }
        if element.namespace == SCRIPTS {
            return Err(Reason::Macro);
        }
        for attribute in &element.attributes {
            match attribute.name {
                "href" if LINKS.contains(&element.name) => reference::link(&attribute.value)?,
                "href" if element.name == TEMPLATE => reference::template(&attribute.value)?,
                "href" => reference::part(&attribute.value)?,
                "macro-name" => return Err(Reason::Macro),
                "datasource" if !attribute.value.trim().is_empty() => return Err(Reason::ExternalReference),
                name if FORMULAS.contains(&name) => formula::judge(&attribute.value)?,
                _ if reference::has_script(&attribute.value) => return Err(Reason::Script),
                _ => {}
            }
        }
        Ok(())
    }
}
