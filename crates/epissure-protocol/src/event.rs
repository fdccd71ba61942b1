//! Events: changes of a ticket, for the operator that did not make them.
//!
//! Events are CloudEvents 1.0 in JSON, as in the Interop contract: `subject` is the ticket, `data`
//! the whole resource after the change. An event is stored with its data in stored form, without
//! `source`, the address of the server that shows it. It is rendered in the dialect of its reader.

use epissure_filter::{Absent, Field, Kind, Path, Schema, Source};
use jiff::Timestamp;

use crate::attachment;
use crate::dialect::Dialect;
use crate::dialect::fields::INSTANTS;
use crate::instant;
use crate::json;
use crate::json_text::{Members, Writer};
use crate::names::{EventId, TicketId};
use crate::note;

/// Version of CloudEvents.
const SPEC_VERSION: &str = "1.0";
/// Media type of `data`.
const CONTENT_TYPE: &str = "application/json";

/// Members of an event, in output order.
pub const MEMBERS: &[&str] =
    &["specversion", "id", "type", "source", "subject", "time", "datacontenttype", "data"];

/// Kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// The ticket changed, in any respect.
    Update,
    /// A note was added.
    NoteCreate,
    /// An attachment was added, or created to receive chunks.
    AttachmentCreate,
    /// An attachment was checked: it is VALIDATED or REJECTED.
    AttachmentUpdate,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::Update, Self::NoteCreate, Self::AttachmentCreate, Self::AttachmentUpdate];

    /// Returns true when its `data` is an attachment.
    #[must_use]
    pub const fn is_of_attachment(self) -> bool {
        matches!(self, Self::AttachmentCreate | Self::AttachmentUpdate)
    }

    /// Returns the kind of a `type`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the `type` of such events (Interop contract).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Update => "fr.interop.anomalieadresse.update",
            Self::NoteCreate => "fr.interop.anomalieadresse.note.create",
            Self::AttachmentCreate => "fr.interop.anomalieadresse.attachment.create",
            Self::AttachmentUpdate => "fr.interop.anomalieadresse.attachment.update",
        }
    }
}

/// Builds the JSON text of an event to store. `data` is the JSON text of the resource.
#[must_use]
pub fn kept(id: EventId, kind: EventKind, ticket: TicketId, at: Timestamp, data: &str) -> String {
    let mut out = Writer::new();
    out.text("id", &id.to_string());
    out.text("type", kind.name());
    out.text("subject", &ticket.to_string());
    out.text("time", &instant::format(at));
    out.raw("data", data);
    out.end()
}

/// Renders an event in a dialect.
///
/// `source` is the server's base URL. `address` returns a ticket's address from its identifier.
/// `shows` selects first-level members. A ticket's running durations are those of the event's
/// instant.
///
/// # Errors
/// Fails when the text is not a stored event.
pub fn render(
    kept: &str,
    dialect: Dialect,
    source: &str,
    address: &dyn Fn(&str) -> String,
    shows: &dyn Fn(&str) -> bool,
) -> serde_json::Result<String> {
    let event: Members<'_> = serde_json::from_str(kept)?;
    let kind = EventKind::parse(text(&event, "type"));
    let mut out = Writer::new();
    for member in MEMBERS.iter().filter(|member| shows(member)) {
        match (*member, event.get(member)) {
            ("specversion", _) => out.text(member, SPEC_VERSION),
            ("datacontenttype", _) => out.text(member, CONTENT_TYPE),
            ("source", _) => out.text(member, source),
            ("data", Some(data)) if kind.is_some_and(EventKind::is_of_attachment) => {
                let ticket = address(text(&event, "subject"));
                let attachment = json::stored(data)?;
                let attachment = match dialect {
                    Dialect::Orange10 => attachment,
                    Dialect::Interop20 => attachment::in_contract_words(attachment),
                };
                let shown = attachment::shown(attachment, &ticket, dialect);
                out.raw(member, &serde_json::to_string(&shown)?);
            }
            ("data", Some(data)) if kind == Some(EventKind::NoteCreate) => {
                let shown = note::shown(json::stored(data)?, dialect);
                out.raw(member, &serde_json::to_string(&shown)?);
            }
            ("time", Some(_)) => out.text(member, &dialect.instant(text(&event, "time"))),
            ("data", Some(data)) if kind == Some(EventKind::Update) => {
                let at = instant::parse(text(&event, "time")).unwrap_or_default();
                out.raw(member, &dialect.render(data, None, at, address, &|_| true)?.json);
            }
            (_, Some(value)) => out.raw(member, value),
            (_, None) => {}
        }
    }
    Ok(out.end())
}

/// Returns the text of a member without escapes.
fn text<'a>(event: &Members<'a>, member: &str) -> &'a str {
    event.get(member).unwrap_or_default().trim_matches('"')
}

/// Returns the identifier of a stored event.
///
/// # Errors
/// Fails when the text is not a stored event.
pub fn identifier(kept: &str) -> serde_json::Result<String> {
    let event: Members<'_> = serde_json::from_str(kept)?;
    Ok(text(&event, "id").to_owned())
}

/// Schema of the paths of a list of events. Paths into `data` are those of the stored resource.
#[derive(Debug, Clone)]
pub struct EventSchema {
    /// The server's base URL.
    pub source: String,
}

impl Schema for EventSchema {
    fn field(&self, path: &Path) -> Field {
        let constant = |value: &str| Field {
            source: Source::Constant(value.into()),
            kind: Kind::Any,
            absent: Absent::Missing,
        };
        match path.as_joined() {
            "specversion" => constant(SPEC_VERSION),
            "datacontenttype" => constant(CONTENT_TYPE),
            "source" => constant(&self.source),
            "time" => Field::instant(path.clone()),
            path_in_data
                if path_in_data.strip_prefix("data.").is_some_and(|rest| {
                    INSTANTS.contains(&rest) || matches!(rest, "date" | "statusChange.changeDate")
                }) =>
            {
                Field::instant(path.clone())
            }
            _ => Field::any(path.clone()),
        }
    }

    fn knows(&self, first_segment: &str) -> bool {
        MEMBERS.contains(&first_segment)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_event_shows_its_note_as_it_is() {
        let id = EventId::parse("22e61758-924d-4ad7-b259-e4fcb1ea8808").unwrap();
        let ticket = TicketId::parse("018d61f5-3f80-7930-9295-5803bdd20e74").unwrap();
        let at = Timestamp::from_second(1_736_860_678).unwrap();
        let kept = kept(id, EventKind::NoteCreate, ticket, at, r#"{"@type":"Note","text":"a\"b"}"#);
        assert_eq!(identifier(&kept).unwrap(), id.to_string());
        let rendered =
            render(&kept, Dialect::Orange10, "http://oi.example", &|id| id.to_owned(), &|_| true).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&rendered).unwrap(),
            json!({
                "specversion": "1.0",
                "id": "22e61758-924d-4ad7-b259-e4fcb1ea8808",
                "type": "fr.interop.anomalieadresse.note.create",
                "source": "http://oi.example",
                "subject": "018d61f5-3f80-7930-9295-5803bdd20e74",
                "time": "2025-01-14T13:17:58.000+00:00",
                "datacontenttype": "application/json",
                "data": {"@type": "Note", "text": "a\"b"}
            })
        );
        let few = render(&kept, Dialect::Interop20, "", &|id| id.to_owned(), &|name| name == "type").unwrap();
        assert_eq!(few, r#"{"type":"fr.interop.anomalieadresse.note.create"}"#);
    }
}
