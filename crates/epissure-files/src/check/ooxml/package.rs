//! Metadata of a package (ECMA-376, part 2): the types of its parts and the relationships between
//! them.

use std::collections::{HashMap, HashSet};

use percent_encoding::percent_decode_str;

use super::super::markup::{Element, Visitor};
use super::super::reference;
use crate::kind::Kind;
use crate::verdict::Reason;

/// Patterns of the content types of rejected parts, in lower case.
const TYPES: &[(&str, Reason)] = &[
    ("macroenabled", Reason::Macro),
    ("vbaproject", Reason::Macro),
    ("vbadata", Reason::Macro),
    ("macrosheet", Reason::Macro),
    ("dialogsheet", Reason::Macro),
    ("activex", Reason::ActiveContent),
    ("webextension", Reason::ActiveContent),
    ("oleobject", Reason::EmbeddedFile),
    ("external", Reason::ExternalReference),
    ("connections+xml", Reason::ExternalReference),
    ("querytable", Reason::ExternalReference),
    ("html", Reason::EmbeddedFile),
    ("rtf", Reason::EmbeddedFile),
];

/// Suffixes of the content type of the main part.
const MAIN: &[(Kind, &str)] =
    &[(Kind::Docx, "wordprocessingml.document.main+xml"), (Kind::Xlsx, "spreadsheetml.sheet.main+xml")];

/// Maximum total size of stored extensions and template identifiers, in bytes: a package has a few
/// dozen of them.
const HELD: usize = 64 * 1024;

/// Normalizes a part name for comparison: lower case, without escapes, and with `_` for each byte
/// beyond ASCII, as in [`markup`](super::super::markup).
pub(crate) fn key(name: &str) -> String {
    let plain = |byte: u8| if byte.is_ascii() { char::from(byte.to_ascii_lowercase()) } else { '_' };
    percent_decode_str(name).map(plain).collect()
}

/// Meaning of a part's declared type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declared {
    Nothing,
    /// XML of any vocabulary.
    Markup,
    Vml,
    Drawing,
    Main(Kind),
    /// Rejected type, declared for the part by name or for all files of its extension.
    Refused {
        reason: Reason,
        by_name: bool,
    },
}

impl Declared {
    fn of(content_type: &str) -> Declared {
        let content_type = content_type.trim().to_ascii_lowercase();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if let Some((_, reason)) = TYPES.iter().find(|(word, _)| essence.contains(word)) {
            return Declared::Refused { reason: *reason, by_name: false };
        }
        match MAIN.iter().find(|(_, main)| essence.ends_with(main)) {
            Some((kind, _)) => Declared::Main(*kind),
            None if essence.ends_with("svg+xml") => Declared::Drawing,
            None if essence.contains("vmldrawing") => Declared::Vml,
            None if essence.ends_with("xml") => Declared::Markup,
            None => Declared::Nothing,
        }
    }
}

/// Visitor of `[Content_Types].xml`.
pub(crate) struct ContentTypes<'a> {
    kind: Kind,
    names: &'a HashSet<String>,
    extensions: HashMap<String, Declared>,
    parts: HashMap<String, Declared>,
    held: usize,
}

impl<'a> ContentTypes<'a> {
    /// Creates the visitor for a package of a kind, with the names of its parts.
    pub(crate) fn of(kind: Kind, names: &'a HashSet<String>) -> ContentTypes<'a> {
        ContentTypes { kind, names, extensions: HashMap::new(), parts: HashMap::new(), held: 0 }
    }

    /// Fails unless a part is the main part of this kind, and no part is that of another kind.
    pub(crate) fn finish(&self) -> Result<(), Reason> {
        let mut is_kind = false;
        for name in self.names {
            match self.of_part(name) {
                // A macro part is reported before any main part of another kind.
                Declared::Refused { reason: Reason::Macro, by_name: true } => return Err(Reason::Macro),
                Declared::Main(kind) if kind == self.kind => is_kind = true,
                Declared::Main(_) => return Err(Reason::Content),
                _ => {}
            }
        }
        if is_kind { Ok(()) } else { Err(Reason::Content) }
    }

    /// Returns the declared type of a part, by its normalized name.
    pub(crate) fn of_part(&self, name: &str) -> Declared {
        let by_extension = || self.extensions.get(name.rsplit_once('.')?.1);
        match self.parts.get(name).or_else(by_extension) {
            Some(Declared::Main(_)) if name.ends_with(".rels") => Declared::Markup,
            declared => declared.copied().unwrap_or(Declared::Nothing),
        }
    }
}

impl Visitor for ContentTypes<'_> {
    fn open(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        let Some(content_type) = element.attribute("ContentType") else { return Ok(()) };
        let declared = Declared::of(content_type);
        if let Some(name) = element.attribute("PartName") {
            let name = key(name.trim().trim_start_matches('/'));
            if self.names.contains(&name) {
                let declared = match declared {
                    Declared::Refused { reason, .. } => Declared::Refused { reason, by_name: true },
                    other => other,
                };
                // Of two declarations of a part, the rejected one wins.
                let worse = matches!(self.parts.get(&name), Some(Declared::Refused { .. }));
                if !worse {
                    self.parts.insert(name, declared);
                }
            }
        } else if let Some(extension) = element.attribute("Extension") {
            let extension = key(extension.trim());
            self.held += extension.len();
            if self.held > HELD {
                return Err(Reason::Uncheckable);
            }
            let worse = matches!(self.extensions.get(&extension), Some(Declared::Refused { .. }));
            if !worse {
                self.extensions.insert(extension, declared);
            }
        }
        Ok(())
    }
}

/// Last path segments of the relationship types rejected whatever their target, in lower case.
const RELATIONSHIPS: &[(&str, Reason)] = &[
    ("vbaproject", Reason::Macro),
    ("wordvbadata", Reason::Macro),
    ("xlmacrosheet", Reason::Macro),
    ("xlintlmacrosheet", Reason::Macro),
    ("dialogsheet", Reason::Macro),
    ("extensibility", Reason::Macro),
    ("control", Reason::ActiveContent),
    ("activexcontrolbinary", Reason::ActiveContent),
    ("webextension", Reason::ActiveContent),
    ("webextensiontaskpanes", Reason::ActiveContent),
    ("oleobject", Reason::EmbeddedFile),
    ("afchunk", Reason::EmbeddedFile),
    ("externallink", Reason::ExternalReference),
    ("externallinkpath", Reason::ExternalReference),
    ("externallinklong", Reason::ExternalReference),
    ("connections", Reason::ExternalReference),
    ("querytable", Reason::ExternalReference),
    ("frame", Reason::ExternalReference),
    ("subdocument", Reason::ExternalReference),
    ("mailmergesource", Reason::ExternalReference),
    ("mailmergeheadersource", Reason::ExternalReference),
    ("recipientdata", Reason::ExternalReference),
];

/// Relationship types to parts that a program stores for its own use: printer settings, extension
/// values.
const OPAQUE: &[&str] = &["printersettings", "customproperty"];
const PICTURES: &[&str] = &["image", "thumbnail", "hdphoto", "picture"];

/// Relationship type of the workbook of a chart; from any other part, the type of an object.
const WORKBOOK: &str = "package";
const CHARTS: &str = "/charts/";

/// Kinds of relationships that target a part.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lead {
    opaque: bool,
    picture: bool,
    /// Target as the data of a chart.
    workbook: bool,
    other: bool,
}

impl Lead {
    /// Returns true when every relationship to the part is harmless, and at least one exists.
    pub(crate) fn is_harmless(self) -> bool {
        (self.opaque || self.picture) && !self.other && !self.workbook
    }

    pub(crate) fn is_opaque(self) -> bool {
        self.opaque && self.is_harmless()
    }

    pub(crate) fn is_picture(self) -> bool {
        self.picture && self.is_harmless()
    }

    pub(crate) fn is_workbook(self) -> bool {
        self.workbook && !self.opaque && !self.picture && !self.other
    }
}

/// Relationships of all parts, by target.
#[derive(Default)]
pub(crate) struct Leads {
    parts: HashMap<String, Lead>,
    /// Identifiers of the templates on a disk, by the part that names them.
    templates: HashMap<String, Vec<String>>,
    held: usize,
}

impl Leads {
    pub(crate) fn to(&self, name: &str) -> Lead {
        self.parts.get(name).copied().unwrap_or_default()
    }

    pub(crate) fn templates(&self, name: &str) -> &[String] {
        self.templates.get(name).map_or(&[], Vec::as_slice)
    }
}

/// Visitor of a `.rels` part.
///
/// The target of an external relationship is fetched when the document opens. External pictures,
/// templates and objects are the usual attacks by documents without macros. Hyperlinks are allowed,
/// as almost every document has some: nothing is fetched until the reader follows one. So is the
/// path of a template on a disk.
pub(crate) struct Relationships<'a> {
    /// Folder of the source part, with its trailing slash.
    folder: String,
    source: String,
    names: &'a HashSet<String>,
    leads: &'a mut Leads,
}

impl<'a> Relationships<'a> {
    pub(crate) fn of(name: &str, names: &'a HashSet<String>, leads: &'a mut Leads) -> Relationships<'a> {
        let name = key(name);
        // Layout: `folder/_rels/part.xml.rels`
        let (rels, file) = name.rsplit_once('/').unwrap_or(("", &name));
        let folder = rels.strip_suffix("_rels").unwrap_or(rels).to_owned();
        let source = format!("{folder}{}", file.strip_suffix(".rels").unwrap_or(file));
        Relationships { folder, source, names, leads }
    }

    /// Records a relationship to a part, for parts judged by their relationships.
    fn note(&mut self, kind: &str, target: &str) {
        let target = key(target.split('#').next().unwrap_or_default().trim());
        let path = match target.strip_prefix('/') {
            Some(rooted) => rooted.to_owned(),
            None => format!("{}{target}", self.folder),
        };
        let mut steps: Vec<&str> = Vec::new();
        for step in path.split('/') {
            match step {
                "" | "." => {}
                ".." => {
                    steps.pop();
                }
                step => steps.push(step),
            }
        }
        let name = steps.join("/");
        if self.names.contains(&name) {
            let lead = self.leads.parts.entry(name).or_default();
            lead.opaque |= OPAQUE.contains(&kind);
            lead.picture |= PICTURES.contains(&kind);
            lead.workbook |= kind == WORKBOOK;
            lead.other |= kind != WORKBOOK && !OPAQUE.contains(&kind) && !PICTURES.contains(&kind);
        }
    }

    fn template(&mut self, id: &str, target: &str) -> Result<(), Reason> {
        reference::template(target)?;
        self.leads.held += self.source.len() + id.len();
        if self.leads.held > HELD {
            return Err(Reason::Uncheckable);
        }
        self.leads.templates.entry(self.source.clone()).or_default().push(id.to_owned());
        Ok(())
    }
}

impl Visitor for Relationships<'_> {
    fn open(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        if element.name != "Relationship" {
            return Ok(());
        }
        let kind = element.attribute("Type").unwrap_or_default().trim().to_ascii_lowercase();
        let kind = kind.rsplit('/').next().unwrap_or_default();
        if let Some((_, reason)) = RELATIONSHIPS.iter().find(|(one, _)| *one == kind) {
            return Err(*reason);
        }
        let target = element.attribute("Target").unwrap_or_default();
        let outside =
            element.attribute("TargetMode").is_some_and(|mode| !mode.trim().eq_ignore_ascii_case("internal"));
        match kind {
            "hyperlink" => {
                reference::link(target).or_else(|reason| if outside { Err(reason) } else { inside(target) })
            }
            "attachedtemplate" if outside => {
                self.template(element.attribute("Id").unwrap_or_default(), target)
            }
            "attachedtemplate" => Err(Reason::ExternalReference),
            WORKBOOK if outside || !self.source.contains(CHARTS) => Err(Reason::EmbeddedFile),
            _ if outside => Err(Reason::ExternalReference),
            _ => {
                self.note(kind, target);
                inside(target)
            }
        }
    }
}

/// Judges the name of a target part: it may be absolute or relative, and has no scheme.
fn inside(target: &str) -> Result<(), Reason> {
    let target = key(target);
    if target.contains([':', '\\']) || target.trim_start().starts_with("//") {
        Err(Reason::ExternalReference)
    } else {
        Ok(())
    }
}
