//! Office Open XML texts and spreadsheets (ECMA-376; packages: part 2): content types, relationships, every part.

mod fields;
mod package;

use std::io::Read;

use super::archive::{self, Entry};
use super::input::Input;
use super::{magic, markup, member, svg};
use crate::kind::Kind;
use crate::limits::Budget;
use crate::verdict::{Reason, Stop};
use fields::Fields;
use package::{ContentTypes, Relationships};

/// How a part's name tells that it may not be.
#[derive(Clone, Copy)]
enum Found {
    In(&'static str),
    End(&'static str),
}

/// Parts that act or fetch, by their names in lower case.
const PARTS: &[(Found, Reason)] = &[
    (Found::In("vbaproject"), Reason::Macro),
    (Found::In("vbadata"), Reason::Macro),
    (Found::In("macrosheets/"), Reason::Macro),
    (Found::In("dialogsheets/"), Reason::Macro),
    (Found::In("customui/"), Reason::Macro),
    (Found::In("activex/"), Reason::ActiveContent),
    (Found::In("webextensions/"), Reason::ActiveContent),
    (Found::In("embeddings/"), Reason::EmbeddedFile),
    (Found::In("externallinks/"), Reason::ExternalReference),
    (Found::In("querytables/"), Reason::ExternalReference),
    (Found::End("xl/connections.xml"), Reason::ExternalReference),
    (Found::End("xl/volatiledependencies.xml"), Reason::ExternalReference),
];

/// Extensions of parts that are read as XML.
const MARKUP: &[&str] = &["xml", "rels", "vml"];

/// Extensions of parts that show something and do nothing else.
const SHOWN: &[&str] = &[
    "png", "jpg", "jpeg", "jpe", "gif", "bmp", "dib", "tif", "tiff", "webp", "emf", "wmf", "wdp", "hdp",
    "ico", "odttf", "fntdata", "ttf",
];

/// What a printer remembers of its settings, the one kind of `.bin` that is usual in honest files.
const PRINTER: &str = "/printersettings/printersettings";

const CONTENT_TYPES: &str = "[Content_Types].xml";
const RELATIONSHIPS: &str = "_rels/.rels";

pub(crate) fn check(input: &mut Input<'_>, kind: Kind) -> Result<(), Stop> {
    let mut budget = Budget::of(input.length());
    let entries = archive::entries(input, &mut budget)?;
    let is_there = |name: &str| entries.iter().any(|entry| entry.name == name);
    if is_there("mimetype") || !is_there(CONTENT_TYPES) || !is_there(RELATIONSHIPS) {
        return Err(Reason::Content.into());
    }
    // The content types first: they tell a document with macros, or of another kind, from a damaged one.
    let (types, others): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.name == CONTENT_TYPES);
    for entry in types {
        let mut types = ContentTypes::of(kind);
        member::read(input, entry, |reader| markup::walk(reader, &mut types))?;
        types.finish()?;
    }
    others.into_iter().try_for_each(|entry| part(input, entry))
}

enum Part {
    Relationships,
    Markup,
    Drawing,
    Shown,
}

fn what(entry: &Entry) -> Result<Option<Part>, Reason> {
    let name = entry.name.to_lowercase();
    let is_in = |found: &Found| match *found {
        Found::In(text) => name.contains(text),
        Found::End(text) => name.ends_with(text),
    };
    if let Some((_, reason)) = PARTS.iter().find(|(found, _)| is_in(found)) {
        return Err(*reason);
    }
    if entry.is_folder() {
        return Ok(None);
    }
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "rels" => Ok(Some(Part::Relationships)),
        "svg" => Ok(Some(Part::Drawing)),
        extension if MARKUP.contains(&extension) => Ok(Some(Part::Markup)),
        extension if SHOWN.contains(&extension) => Ok(Some(Part::Shown)),
        "bin" if name.contains(PRINTER) => Ok(Some(Part::Shown)),
        _ => Err(Reason::EmbeddedFile),
    }
}

fn part(input: &mut Input<'_>, entry: &Entry) -> Result<(), Stop> {
    let part = what(entry)?;
    member::read(input, entry, |reader| match part {
        None => Ok(()),
        Some(Part::Relationships) => markup::walk(reader, &mut Relationships),
        Some(Part::Markup) => markup::walk(reader, &mut Fields::default()),
        Some(Part::Drawing) => svg::check(reader),
        Some(Part::Shown) => {
            let mut head = Vec::new();
            reader.take(magic::MAGIC_BYTES as u64).read_to_end(&mut head)?;
            match magic::of(&head) {
                Some(reason) => Err(reason.into()),
                None if magic::is_markup(&head) => Err(Reason::Uncheckable.into()),
                None => Ok(()),
            }
        }
    })
}
