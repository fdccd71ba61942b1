//! Office Open XML texts and spreadsheets (ECMA-376; packages: part 2): content types,
//! relationships, and every part.
//!
//! A part is judged by its name, its declared type, the relationships that target it and its first
//! bytes, together. A declared type without parts is harmless, as is a name in no list.

mod fields;
mod instructions;
mod package;
mod vml;

use std::collections::HashSet;
use std::io::{BufRead, Cursor, Read};

use flate2::bufread::GzDecoder;

use super::archive::{self, Entry};
use super::input::Input;
use super::{magic, markup, member, svg};
use crate::kind::Kind;
use crate::limits::Budget;
use crate::verdict::{Reason, Stop};
use fields::Fields;
use package::{ContentTypes, Declared, Leads, Relationships};

/// Position of a pattern in a rejected part name.
#[derive(Clone, Copy)]
enum Found {
    In(&'static str),
    End(&'static str),
}

/// Patterns of the names of active or fetching parts, in lower case.
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

/// Extensions of parts that are only displayed.
const SHOWN: &[&str] = &[
    "png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "tif", "tiff", "webp", "emf", "wmf", "wdp",
    "hdp", "ico", "pict", "pct", "odttf", "fntdata", "ttf",
];

/// Extensions of Windows metafiles compressed with gzip.
const COMPRESSED: &[&str] = &["emz", "wmz"];

/// Printer settings, recognized by name alone.
const PRINTER: &str = "/printersettings/printersettings";

/// Folder into which Office moves replaced parts; no relationship targets it.
const TRASH: &str = "[trash]/";

/// Maximum size of a chart's workbook, in bytes: it is checked in memory.
const WORKBOOK_BYTES: u64 = 1 << 20;

const CONTENT_TYPES: &str = "[Content_Types].xml";
const RELATIONSHIPS: &str = "_rels/.rels";

pub(crate) fn check(input: &mut Input<'_>, kind: Kind) -> Result<(), Stop> {
    let mut budget = Budget::of(input.length());
    package(input, kind, &mut budget, true)
}

/// Checks a whole package; `has_workbooks` allows charts to contain workbooks.
fn package(input: &mut Input<'_>, kind: Kind, budget: &mut Budget, has_workbooks: bool) -> Result<(), Stop> {
    let entries = archive::entries(input, budget)?;
    let is_there = |name: &str| entries.iter().any(|entry| entry.name == name);
    if is_there("mimetype") || !is_there(CONTENT_TYPES) || !is_there(RELATIONSHIPS) {
        return Err(Reason::Content.into());
    }
    // The content types are read first: they distinguish a document with macros, or of another
    // kind, from a damaged one.
    let (types, others): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.name == CONTENT_TYPES);
    let names: HashSet<String> = others.iter().map(|entry| package::key(&entry.name)).collect();
    let mut declared = ContentTypes::of(kind, &names);
    for entry in types {
        member::read(input, entry, |reader| markup::walk(reader, &mut declared))?;
    }
    declared.finish()?;

    let is_relationships = |entry: &&Entry| package::key(&entry.name).ends_with(".rels");
    let (relationships, others): (Vec<_>, Vec<_>) = others.into_iter().partition(is_relationships);
    let mut leads = Leads::default();
    for entry in relationships {
        let mut visitor = Relationships::of(&entry.name, &names, &mut leads);
        member::read(input, entry, |reader| markup::walk(reader, &mut visitor))?;
    }
    for entry in others {
        let key = package::key(&entry.name);
        let part = what(&key, entry, &declared, &leads)?;
        if part == Part::Workbook && !has_workbooks {
            return Err(Reason::EmbeddedFile.into());
        }
        member::read(input, entry, |reader| read(part, reader, leads.templates(&key), budget))?;
    }
    Ok(())
}

/// Reader to use for a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Part without content.
    Empty,
    Markup,
    Vml,
    Drawing,
    /// Bytes that a program displays or stores for its own use.
    Bytes,
    /// Picture by its relationship alone, so its bytes must be those of a picture.
    Picture,
    Compressed,
    /// Workbook with the data of a chart.
    Workbook,
}

fn what(name: &str, entry: &Entry, declared: &ContentTypes<'_>, leads: &Leads) -> Result<Part, Reason> {
    if entry.is_folder() {
        return Ok(Part::Empty);
    }
    let is_in = |found: &Found| match *found {
        Found::In(text) => name.contains(text),
        Found::End(text) => name.ends_with(text),
    };
    let lead = leads.to(name);
    let is_workbook = lead.is_workbook() && name.ends_with(".xlsx");
    if is_workbook && !matches!(declared.of_part(name), Declared::Refused { .. }) {
        return Ok(Part::Workbook);
    }
    if let Some((_, reason)) = PARTS.iter().find(|(found, _)| is_in(found)) {
        return Err(*reason);
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match declared.of_part(name) {
        Declared::Refused { reason, by_name: true } => return Err(reason),
        // The type is that of every file with this extension; the relationship identifies this
        // part.
        Declared::Refused { reason, by_name: false } if !lead.is_harmless() => return Err(reason),
        _ if entry.size == 0 => return Ok(Part::Empty),
        Declared::Vml => return Ok(Part::Vml),
        Declared::Drawing => return Ok(Part::Drawing),
        Declared::Markup if extension != "vml" => return Ok(Part::Markup),
        _ => {}
    }
    match extension {
        "svg" => Ok(Part::Drawing),
        "vml" => Ok(Part::Vml),
        "xml" => Ok(Part::Markup),
        extension if SHOWN.contains(&extension) => Ok(Part::Bytes),
        extension if COMPRESSED.contains(&extension) => Ok(Part::Compressed),
        _ if lead.is_opaque() || name.contains(PRINTER) || name.starts_with(TRASH) => Ok(Part::Bytes),
        _ if lead.is_picture() => Ok(Part::Picture),
        _ => Err(Reason::EmbeddedFile),
    }
}

fn read(part: Part, reader: &mut dyn BufRead, templates: &[String], budget: &mut Budget) -> Result<(), Stop> {
    match part {
        Part::Empty => Ok(()),
        Part::Markup => {
            let mut fields = Fields::of_part(templates);
            markup::walk(reader, &mut fields)?;
            Ok(fields.finish()?)
        }
        Part::Vml => vml::scan(reader),
        Part::Drawing => svg::check(reader),
        Part::Compressed => compressed(reader, budget),
        Part::Workbook => workbook(reader, budget),
        Part::Bytes | Part::Picture => {
            let mut head = Vec::new();
            reader.take(magic::MAGIC_BYTES as u64).read_to_end(&mut head)?;
            magic::shown(&head)?;
            let unknown = part == Part::Picture && !magic::is_picture(&head);
            if unknown { Err(Reason::EmbeddedFile.into()) } else { Ok(()) }
        }
    }
}

/// Checks an embedded workbook by the rules of an attached one.
fn workbook(reader: &mut dyn BufRead, budget: &mut Budget) -> Result<(), Stop> {
    let mut bytes = Vec::new();
    reader.take(WORKBOOK_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > WORKBOOK_BYTES || !bytes.starts_with(b"PK\x03\x04") {
        return Err(Reason::EmbeddedFile.into());
    }
    let mut bytes = Cursor::new(bytes);
    package(&mut Input::new(&mut bytes)?, Kind::Xlsx, budget, false)
}

/// Checks a compressed metafile, and inflates it to its end.
fn compressed(reader: &mut dyn BufRead, budget: &mut Budget) -> Result<(), Stop> {
    let mut decoder = GzDecoder::new(reader);
    let mut head = Vec::new();
    (&mut decoder).take(magic::MAGIC_BYTES as u64).read_to_end(&mut head).map_err(member::broken)?;
    if !magic::is_metafile(&head) {
        return Err(Reason::EmbeddedFile.into());
    }
    let mut buffer = [0; 4096];
    loop {
        let read = decoder.read(&mut buffer).map_err(member::broken)?;
        if read == 0 {
            break;
        }
        budget.spend(read as u64)?;
    }
    let more = !decoder.into_inner().fill_buf()?.is_empty();
    if more { Err(Reason::EmbeddedFile.into()) } else { Ok(()) }
}
