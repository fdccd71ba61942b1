//! Tables of the elements and attributes allowed in a drawing: those of SVG, and of XHTML for
//! labels.

use crate::verdict::Reason;

/// Vocabulary of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vocabulary {
    Svg,
    /// Text in a `foreignObject`: labels of draw.io, Mermaid and similar programs.
    Xhtml,
    /// No namespace: inert in XML, but active in readers that parse the file as HTML.
    None,
    /// Private data of a program.
    Foreign,
}

impl Vocabulary {
    pub(super) fn of(namespace: &str) -> Vocabulary {
        match namespace {
            super::SVG => Vocabulary::Svg,
            super::XHTML => Vocabulary::Xhtml,
            "" => Vocabulary::None,
            _ => Vocabulary::Foreign,
        }
    }
}

/// Elements of SVG 1.1, SVG 2 and Inkscape's drafts that draw or describe, in lower case.
const SVG: &[&str] = &[
    "a",
    "altglyph",
    "altglyphdef",
    "altglyphitem",
    "animate",
    "animatecolor",
    "animatemotion",
    "animatetransform",
    "circle",
    "clippath",
    "color-profile",
    "cursor",
    "defs",
    "desc",
    "discard",
    "ellipse",
    "feblend",
    "fecolormatrix",
    "fecomponenttransfer",
    "fecomposite",
    "feconvolvematrix",
    "fediffuselighting",
    "fedisplacementmap",
    "fedistantlight",
    "fedropshadow",
    "feflood",
    "fefunca",
    "fefuncb",
    "fefuncg",
    "fefuncr",
    "fegaussianblur",
    "feimage",
    "femerge",
    "femergenode",
    "femorphology",
    "feoffset",
    "fepointlight",
    "fespecularlighting",
    "fespotlight",
    "fetile",
    "feturbulence",
    "filter",
    "flowdiv",
    "flowline",
    "flowpara",
    "flowregion",
    "flowregionexclude",
    "flowroot",
    "flowspan",
    "font",
    "font-face",
    "font-face-format",
    "font-face-name",
    "font-face-src",
    "font-face-uri",
    "foreignobject",
    "g",
    "glyph",
    "glyphref",
    "hatch",
    "hatchpath",
    "hkern",
    "image",
    "line",
    "lineargradient",
    "marker",
    "mask",
    "mesh",
    "meshgradient",
    "meshpatch",
    "meshrow",
    "metadata",
    "missing-glyph",
    "mpath",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialgradient",
    "rect",
    "set",
    "solidcolor",
    "stop",
    "style",
    "svg",
    "switch",
    "symbol",
    "text",
    "textpath",
    "title",
    "tref",
    "tspan",
    "use",
    "view",
    "vkern",
];

/// XHTML elements that display text, tables and pictures.
const XHTML: &[&str] = &[
    "a",
    "abbr",
    "address",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "html",
    "i",
    "img",
    "ins",
    "kbd",
    "label",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Elements rejected in every namespace, each with its reason.
const EVERYWHERE: &[(&str, Reason)] = &[
    ("script", Reason::Script),
    ("handler", Reason::Script),
    ("listener", Reason::Script),
    ("stylesheet", Reason::ActiveContent),
    ("binding", Reason::ActiveContent),
];

/// Active or fetching HTML elements, rejected without a namespace too.
const OF_HTML: &[(&str, Reason)] = &[
    ("iframe", Reason::ActiveContent),
    ("embed", Reason::ActiveContent),
    ("object", Reason::ActiveContent),
    ("audio", Reason::ActiveContent),
    ("video", Reason::ActiveContent),
    ("meta", Reason::ActiveContent),
    ("form", Reason::ActiveContent),
    ("link", Reason::ExternalReference),
    ("base", Reason::ExternalReference),
];

/// Judges an element by its name, in lower case.
pub(super) fn element(vocabulary: Vocabulary, name: &str) -> Result<(), Reason> {
    let of = |table: &[(&str, Reason)]| table.iter().find(|(one, _)| *one == name).map(|(_, reason)| *reason);
    let refused = of(EVERYWHERE);
    let allowed = match vocabulary {
        Vocabulary::Svg => SVG,
        Vocabulary::Xhtml => XHTML,
        Vocabulary::None => return refused.or(of(OF_HTML)).map_or(Ok(()), Err),
        Vocabulary::Foreign => return refused.map_or(Ok(()), Err),
    };
    match refused.or(of(OF_HTML)) {
        Some(reason) => Err(reason),
        None if allowed.contains(&name) => Ok(()),
        None => Err(Reason::ActiveContent),
    }
}

/// Role of an attribute's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Address that is fetched, except on `a`, where it opens on a click.
    Address,
    Refused(Reason),
    /// Name of an animated attribute.
    Animated,
    /// Text for people or programs, which no reader parses as a style.
    Text,
    Style,
}

/// Attributes by name, in lower case; all others are [`Role::Style`].
const ATTRIBUTES: &[(&str, Role)] = &[
    ("href", Role::Address),
    ("src", Role::Address),
    ("data", Role::Address),
    ("poster", Role::Address),
    ("background", Role::Address),
    ("action", Role::Refused(Reason::ActiveContent)),
    ("formaction", Role::Refused(Reason::ActiveContent)),
    ("srcdoc", Role::Refused(Reason::ActiveContent)),
    // Another base would turn `#a` into a part of another file.
    ("base", Role::Refused(Reason::ExternalReference)),
    ("srcset", Role::Refused(Reason::ExternalReference)),
    ("ping", Role::Refused(Reason::ExternalReference)),
    ("attributename", Role::Animated),
    ("alt", Role::Text),
    ("class", Role::Text),
    // draw.io stores its own file there.
    ("content", Role::Text),
    ("id", Role::Text),
    ("name", Role::Text),
    ("requiredextensions", Role::Text),
    ("requiredfeatures", Role::Text),
    ("title", Role::Text),
];

/// Returns the role of an attribute, by its name in lower case.
pub(super) fn attribute(name: &str) -> Role {
    if name.starts_with("data-") || name.starts_with("aria-") {
        return Role::Text;
    }
    ATTRIBUTES.iter().find(|(one, _)| *one == name).map_or(Role::Style, |(_, role)| *role)
}

/// Prefixes of handler names after `on`: families of events.
const HANDLERS: &[&str] = &[
    "abort",
    "activate",
    "after",
    "animation",
    "appinstalled",
    "auxclick",
    "bea",
    "before",
    "begin",
    "blur",
    "bounce",
    "can",
    "cell",
    "change",
    "click",
    "close",
    "com",
    "content",
    "contextmenu",
    "context",
    "control",
    "copy",
    "cuechange",
    "cut",
    "data",
    "dblclick",
    "dea",
    "device",
    "drag",
    "drop",
    "duration",
    "emptied",
    "encrypted",
    "end",
    "enter",
    "error",
    "exit",
    "filter",
    "finish",
    "focus",
    "form",
    "fullscreen",
    "gesture",
    "got",
    "hash",
    "help",
    "input",
    "invalid",
    "key",
    "language",
    "layout",
    "load",
    "lose",
    "lost",
    "message",
    "media",
    "mouse",
    "move",
    "moz",
    "ms",
    "offline",
    "page",
    "paste",
    "paint",
    "pause",
    "play",
    "pointer",
    "pop",
    "progress",
    "property",
    "rate",
    "ready",
    "redo",
    "rejection",
    "repeat",
    "reset",
    "resize",
    "reverse",
    "resume",
    "row",
    "scroll",
    "search",
    "security",
    "seek",
    "select",
    "show",
    "slot",
    "snap",
    "sort",
    "stalled",
    "start",
    "stop",
    "storage",
    "submit",
    "suspend",
    "synch",
    "time",
    "toggle",
    "touch",
    "track",
    "transition",
    "undo",
    "unhandled",
    "unload",
    "update",
    "url",
    "user",
    "volume",
    "wait",
    "webkit",
    "wheel",
    "zoom",
];

/// Returns true for the name, in lower case, of an event handler attribute (HTML, section 8.1.8;
/// SVG 1.1, section 18.4).
pub(super) fn is_handler(name: &str) -> bool {
    let event = name.strip_prefix("on").filter(|event| event.bytes().all(|one| one.is_ascii_alphabetic()));
    event.is_some_and(|event| HANDLERS.iter().any(|family| event.starts_with(family)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_are_told_from_other_names() {
        for name in
            ["onclick", "onload", "onbegin", "onbeforetoggle", "onpointerrawupdate", "onwebkitanimationend"]
        {
            assert!(is_handler(name), "{name}");
        }
        for name in ["on", "once", "only", "on-click", "onward", "ontology", "one"] {
            assert!(!is_handler(name), "{name}");
        }
    }

    #[test]
    fn names_are_in_lower_case_and_in_order() {
        for table in [SVG, XHTML] {
            assert!(table.is_sorted() && table.iter().all(|name| *name == name.to_ascii_lowercase()));
        }
    }
}
