//! Notes: messages between the OC and the OI on a ticket.
//!
//! Source: the Interop contract, `Note`. A note never changes. The dialects differ only in the
//! format of its `date`.

use epissure_filter::{Field, Path, Schema};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::dialect::Dialect;
use crate::extensions::{self, Rule};
use crate::instant;
use crate::json::Object;
use crate::names::{NoteId, OperatorCode, TicketId};
use crate::problem::Fault;
use crate::reader::{Outcome, Reader};
use crate::refusal::{BodyRefusal, Expected};

/// Maximum length of a note's text, in characters.
pub const LONGEST: usize = 10_000;
/// Maximum number of notes of a ticket.
pub const MOST: usize = 1_000;
/// Address of TM Forum's schema of a note.
pub const SCHEMA: &str = "https://raw.githubusercontent.com/tmforum-apis/Open_Api_And_Data_Model/master/schemas/Common/Note.schema.json";

/// Members of a note, in output order.
pub const MEMBERS: &[&str] =
    &["@type", "@baseType", "@schemaLocation", "id", "date", "author", "text", "relatedEntity"];
/// Members that the server writes, or that describe any note; ignored on input.
const NOT_READ: &[&str] =
    &["@baseType", "@schemaLocation", "id", "href", "date", "author", "relatedEntity", "relatedParty"];

/// Request for a new note.
#[derive(Debug, Clone, PartialEq)]
pub struct NoteDraft {
    text: String,
    extensions: Object,
}

/// Reads the body of a new note.
///
/// # Errors
/// Returns every fault found: `text` is required, of 1 to [`LONGEST`] characters. Members that the
/// contract does not name are refused when the rule is strict, or when they exceed the size limit.
pub fn read(body: &Object, rule: Rule) -> Result<NoteDraft, Vec<Fault>> {
    let mut out = Outcome::default();
    let mut reader = Reader::new(body, "", &mut out);
    reader.vocabulary("@type", |text| (text == "Note").then_some(()), ["Note"].into_iter());
    let text = reader.required_text("text", LONGEST);
    if text.as_deref().is_some_and(str::is_empty) {
        reader.invalid("text", Expected::NotEmpty);
    }
    let known = |member: &str| member == "@type" || member == "text" || NOT_READ.contains(&member);
    let extensions = rule.take(body, known, |member| BodyRefusal::UnknownOfNote { member }, &mut out);
    extensions::bound(extensions::object_weight(&extensions), rule.max_bytes, &mut out);
    match text {
        Some(text) if out.faults.is_empty() => Ok(NoteDraft { text, extensions }),
        _ => Err(out.faults),
    }
}

impl NoteDraft {
    /// Builds the note, as stored and shown.
    #[must_use]
    pub fn written(self, id: NoteId, ticket: TicketId, author: &OperatorCode, at: Timestamp) -> Object {
        let note = json!({
            "@type": "Note",
            "@baseType": "Note",
            "@schemaLocation": SCHEMA,
            "id": id,
            "date": instant::format(at),
            "author": author,
            "text": self.text,
            "relatedEntity": [{
                "id": ticket,
                "@type": "RelatedEntity",
                "@baseType": "RelatedEntity",
                "@referredType": "AnomalieAdresse"
            }]
        });
        let mut members = match note {
            Value::Object(members) => members,
            _ => Object::new(),
        };
        members.extend(self.extensions);
        members
    }
}

/// Renders a stored note in a dialect.
#[must_use]
pub fn shown(mut kept: Object, dialect: Dialect) -> Object {
    dialect.write_instants(&mut kept, &["date"]);
    kept
}

/// Schema of the paths of a list of notes.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoteSchema;

impl Schema for NoteSchema {
    fn field(&self, path: &Path) -> Field {
        if path.as_joined() == "date" { Field::instant(path.clone()) } else { Field::any(path.clone()) }
    }

    fn knows(&self, first_segment: &str) -> bool {
        MEMBERS.contains(&first_segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refusal;

    const LENIENT: Rule = Rule { strict: false, max_bytes: 1000 };

    fn object(value: Value) -> Object {
        match value {
            Value::Object(object) => object,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_note_is_what_was_written_and_who_wrote_it_when() {
        let body = object(json!({"text": "No such staircase.", "id": "mine", "date": "1999-01-01", "x": 1}));
        let id = NoteId::parse("22e61758-924d-4ad7-b259-e4fcb1ea8808").unwrap();
        let ticket = TicketId::parse("018d61f5-3f80-7930-9295-5803bdd20e74").unwrap();
        let author = OperatorCode::parse("SFRA").unwrap();
        let at = Timestamp::from_second(1_736_860_678).unwrap();
        let note = read(&body, LENIENT).unwrap().written(id, ticket, &author, at);
        assert_eq!(
            Value::Object(note),
            json!({
                "@type": "Note",
                "@baseType": "Note",
                "@schemaLocation": SCHEMA,
                "id": "22e61758-924d-4ad7-b259-e4fcb1ea8808",
                "date": "2025-01-14T13:17:58.000+00:00",
                "author": "SFRA",
                "text": "No such staircase.",
                "relatedEntity": [{
                    "id": "018d61f5-3f80-7930-9295-5803bdd20e74",
                    "@type": "RelatedEntity",
                    "@baseType": "RelatedEntity",
                    "@referredType": "AnomalieAdresse"
                }],
                "x": 1
            })
        );
    }

    #[test]
    fn a_note_needs_a_text_of_a_sane_length() {
        let refusals = |body: Value, strict| {
            let faults = read(&object(body), Rule { strict, ..LENIENT }).unwrap_err();
            faults.into_iter().map(|fault| fault.refusal).collect::<Vec<_>>()
        };
        let missing = || Refusal::from(BodyRefusal::Missing { member: "text".to_owned() });
        let invalid =
            |member: &str, expected| BodyRefusal::Invalid { member: member.to_owned(), expected }.into();
        assert_eq!(refusals(json!({}), false), [missing()]);
        assert_eq!(refusals(json!({"text": null}), false), [missing()]);
        assert_eq!(refusals(json!({"text": 1}), false), [invalid("text", Expected::Text)]);
        assert_eq!(refusals(json!({"text": ""}), false), [invalid("text", Expected::NotEmpty)]);
        let long = json!({"text": "é".repeat(LONGEST + 1)});
        assert_eq!(refusals(long, false), [invalid("text", Expected::AtMost { max: LONGEST })]);
        assert!(read(&object(json!({"text": "é".repeat(LONGEST)})), LENIENT).is_ok());
        assert_eq!(
            refusals(json!({"text": "a", "x": "y".repeat(1000)}), false),
            [BodyRefusal::ExtensionsTooHeavy { bytes: 1007, limit: 1000 }.into()]
        );
        assert_eq!(
            refusals(json!({"text": "a", "@type": "Letter", "x": 1}), true),
            [
                invalid("@type", Expected::OneOf { values: vec!["Note"] }),
                BodyRefusal::UnknownOfNote { member: "x".to_owned() }.into(),
            ]
        );
    }
}
