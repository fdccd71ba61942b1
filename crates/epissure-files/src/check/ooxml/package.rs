//! What a package says of its parts (ECMA-376, part 2): their types, and how they refer to each other.

use super::super::markup::{Element, Visitor};
use super::super::reference;
use super::MARKUP;
use crate::kind::Kind;
use crate::verdict::Reason;

/// Words in a content type, in lower case, of what acts.
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

/// The end of the content type of the main part.
const MAIN: &[(Kind, &str)] =
    &[(Kind::Docx, "wordprocessingml.document.main+xml"), (Kind::Xlsx, "spreadsheetml.sheet.main+xml")];

/// `[Content_Types].xml`.
pub(crate) struct ContentTypes {
    kind: Kind,
    is_kind: bool,
}

impl ContentTypes {
    pub(crate) fn of(kind: Kind) -> ContentTypes {
        ContentTypes { kind, is_kind: false }
    }

    /// Whether a part was the main one of this kind.
    pub(crate) fn finish(self) -> Result<(), Reason> {
        if self.is_kind { Ok(()) } else { Err(Reason::Content) }
    }
}

impl Visitor for ContentTypes {
    fn open(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        let Some(content_type) = element.attribute("ContentType") else { return Ok(()) };
        let content_type = content_type.trim().to_ascii_lowercase();
        if let Some((_, reason)) = TYPES.iter().find(|(word, _)| content_type.contains(word)) {
            return Err(*reason);
        }
        for (kind, main) in MAIN.iter().filter(|(_, main)| content_type.ends_with(main)) {
            if *kind != self.kind {
                return Err(Reason::Content);
            }
            self.is_kind |= !main.is_empty();
        }
        // What is XML by its type is XML by its name, so that it is read as such.
        let named = element.attribute("Extension").or(element.attribute("PartName")).unwrap_or_default();
        let extension = named.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let is_markup = MARKUP.contains(&extension.as_str()) || extension == "svg";
        if content_type.ends_with("xml") && !is_markup { Err(Reason::Uncheckable) } else { Ok(()) }
    }
}

/// Ends of the types of relationships, in lower case, that are refused wherever they lead.
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
    ("package", Reason::EmbeddedFile),
    ("afchunk", Reason::EmbeddedFile),
    ("attachedtemplate", Reason::ExternalReference),
    ("externallink", Reason::ExternalReference),
    ("externallinkpath", Reason::ExternalReference),
    ("externallinklong", Reason::ExternalReference),
    ("connections", Reason::ExternalReference),
    ("querytable", Reason::ExternalReference),
    ("frame", Reason::ExternalReference),
    ("subdocument", Reason::ExternalReference),
];

/// A `.rels` part.
///
/// A relationship that leads outside is fetched when the document is opened: pictures, templates and objects are the
/// usual way to attack with a document that has no macro. Hyperlinks are the exception, as hardly a
/// document is without: nothing happens until somebody follows one.
pub(crate) struct Relationships;

impl Visitor for Relationships {
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
        if kind == "hyperlink" {
            return reference::link(target)
                .or_else(|reason| if outside { Err(reason) } else { inside(target) });
        }
        if outside { Err(Reason::ExternalReference) } else { inside(target) }
    }
}

/// The name of a part: it may begin at the package's root or go up, and has no scheme.
fn inside(target: &str) -> Result<(), Reason> {
    if target.contains([':', '\\']) || target.trim_start().starts_with("//") {
        Err(Reason::ExternalReference)
    } else {
        Ok(())
    }
}
