//! Notes and events of tickets, in the contract of the AnomalieAdresse API.

use epissure_app::oauth::{ANOMALIE_READ, ANOMALIE_WRITE};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::event::EventKind;
use epissure_protocol::note;
use epissure_protocol::problem::Code;
use serde_json::{Value, json};

use super::anomalie::{QUERY, filter, first_level_fields, operation, page};
use super::examples;
use super::parts::{
    BODY, COMMON, ITEM, answer_header, content, counts, header, id_in_path, idempotency_key, partial,
    reference,
};

/// Returns the paths of notes and events.
pub(super) fn paths(dialect: Dialect) -> Value {
    json!({
        format!("{}/{{id}}/note", dialect.mount()): {
            "parameters": [id_in_path()],
            "get": list_notes(dialect),
            "head": count("Count notes", &[ITEM, QUERY, COMMON]),
            "post": add_note()
        },
        format!("{}/event", dialect.mount()): {
            "get": list_events(dialect),
            "head": count("Count events", &[QUERY, COMMON]),
            "post": receive_event(),
            "options": consent()
        }
    })
}

/// Returns the schemas of notes and events.
pub(super) fn schemas(dialect: Dialect) -> Value {
    let note = note_schema(dialect);
    json!({"PartialNote": partial(&note), "Note": note, "NewNote": new_note_schema(), "Event": event_schema(dialect), "ReceivedEvent": received_event_schema()})
}

fn list_notes(dialect: Dialect) -> Value {
    let mut parameters = page(dialect, None);
    parameters.extend([first_level_fields(), filter()]);
    let success = json!({
        "description": "A page of notes, oldest first unless `sort` is set",
        "headers": counts(),
        "content": content(&json!({"type": "array", "items": reference("PartialNote")}))
    });
    let codes: &[&[Code]] = &[ITEM, QUERY, COMMON];
    operation("List the notes of a ticket", ANOMALIE_READ, &parameters, None, ("200", success), codes)
}

/// Returns the operation that counts notes, events or attachments.
pub(super) fn count(summary: &str, codes: &[&[Code]]) -> Value {
    let success = json!({
        "description": "The number of matches, in X-Total-Count",
        "headers": {"X-Total-Count": answer_header("Exact number of matches.", "integer")}
    });
    operation(summary, ANOMALIE_READ, &[filter()], None, ("200", success), codes)
}

fn add_note() -> Value {
    let parameters = [
        idempotency_key(),
        header("Prefer", "handling=strict refuses members that the contract does not define.", false),
    ];
    let body = json!({"required": true, "content": content(&reference("NewNote"))});
    let success = json!({
        "description": "Added",
        "headers": {"ETag": answer_header("Identifier of the note. A note never changes.", "string")},
        "content": content(&reference("Note"))
    });
    let codes: &[&[Code]] = &[ITEM, BODY, COMMON, &[Code::Conflict]];
    operation("Add a note to a ticket", ANOMALIE_WRITE, &parameters, Some(body), ("201", success), codes)
}

fn list_events(dialect: Dialect) -> Value {
    let cursor = "Start of the page, as given by the `next` URL of a Link header. Replaces offset.";
    let mut parameters = page(dialect, Some(cursor));
    parameters.extend([
        first_level_fields(),
        filter(),
        header(
            "Last-Event-ID",
            "With Accept: text/event-stream, the stream starts after this event. Without the header it starts at the oldest event.",
            false,
        ),
    ]);
    let mut answered = content(&json!({"type": "array", "items": reference("Event")}));
    answered["text/event-stream"] = json!({"schema": {"type": "string"}});
    let success = json!({
        "description": "A page of the events of the tickets visible to the caller, in the order of their commit. With Accept: \
                        text/event-stream, a stream without pages that sends each event when it is committed",
        "headers": counts(),
        "content": answered
    });
    let codes: &[&[Code]] = &[QUERY, COMMON, &[Code::InvalidHeader]];
    operation("List events, or stream them", ANOMALIE_READ, &parameters, None, ("200", success), codes)
}

fn receive_event() -> Value {
    let parameters = [
        header(
            "webhook-id",
            "Identifier of the event, the same for every attempt (Standard Webhooks).",
            false,
        ),
        header(
            "webhook-timestamp",
            "Unix time of the signature, in seconds. It must be within five minutes of the current time.",
            false,
        ),
        header(
            "webhook-signature",
            "Signatures of the event. Once the OC has registered the secret of the OI, this header, webhook-id and \
             webhook-timestamp are required.",
            false,
        ),
    ];
    let mut taken = content(&reference("ReceivedEvent"));
    taken["application/cloudevents+json"] = json!({"schema": reference("ReceivedEvent")});
    let body = json!({"required": true, "content": taken});
    let success = json!({"description": "Stored. A repeated event is acknowledged and stored once."});
    let codes: &[&[Code]] = &[BODY, COMMON];
    let summary = "Receive an event; sent by a client of an OI to the server of an OC";
    operation(summary, ANOMALIE_WRITE, &parameters, Some(body), ("204", success), codes)
}

fn consent() -> Value {
    let parameters = [header(
        "WebHook-Request-Origin",
        "Origin that asks for consent (CloudEvents webhooks 1.0.2, section 4).",
        false,
    )];
    let success = json!({
        "description": "The methods of this path, and consent when WebHook-Request-Origin was sent",
        "headers": {
            "WebHook-Allowed-Origin": answer_header("Origin that may send events: the requested one.", "string"),
            "WebHook-Allowed-Rate": answer_header("Permitted events per minute; `*` is unlimited.", "string")
        }
    });
    let summary = "Ask for consent to send events; sent by a client of an OI to the server of an OC";
    operation(summary, ANOMALIE_WRITE, &parameters, None, ("204", success), &[COMMON])
}

fn received_event_schema() -> Value {
    json!({
        "type": "object",
        "description": "A CloudEvent 1.0 that contains its resource.",
        "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
        "properties": {
            "specversion": {"type": "string", "enum": ["1.0", "1"]},
            "id": {"type": "string", "minLength": 1, "maxLength": 1024},
            "source": {"type": "string", "minLength": 1, "maxLength": 1024},
            "type": {"type": "string", "minLength": 1, "maxLength": 1024},
            "subject": {"type": "string", "format": "uuid", "description": "Identifier of the ticket."},
            "time": {"type": "string", "format": "date-time"},
            "data": {
                "type": "object",
                "description": "The resource. In an update, id equals subject.",
                "properties": {"id": {"type": ["string", "null"]}}
            }
        }
    })
}

fn note_schema(dialect: Dialect) -> Value {
    json!({
        "type": "object",
        "description": "A note on a ticket: written by one operator, visible to both, never changed.",
        "required": note::MEMBERS,
        "examples": [examples::note(dialect)],
        "properties": {
            "@type": {"type": "string", "enum": ["Note"]},
            "@baseType": {"type": "string", "enum": ["Note"]},
            "@schemaLocation": {"type": "string"},
            "id": {"type": "string", "format": "uuid"},
            "date": {"type": "string", "format": "date-time"},
            "author": {"type": "string", "description": "Code of the operator that wrote the note."},
            "text": {"type": "string", "minLength": 1, "maxLength": note::LONGEST},
            "relatedEntity": {
                "type": "array",
                "description": "The ticket of the note.",
                "items": reference("RelatedTicket")
            }
        }
    })
}

fn new_note_schema() -> Value {
    json!({
        "type": "object",
        "required": ["text"],
        "properties": {
            "@type": {"type": "string", "enum": ["Note"]},
            "text": {"type": "string", "minLength": 1, "maxLength": note::LONGEST}
        },
        "example": {"text": "The number is on the garden gate, not on the house."}
    })
}

fn event_schema(dialect: Dialect) -> Value {
    let types: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
    json!({
        "type": "object",
        "description": "A CloudEvent 1.0, with all members or only those that `fields` lists.",
        "examples": [examples::event(dialect)],
        "properties": {
            "specversion": {"type": "string", "enum": ["1.0"]},
            "id": {"type": "string", "format": "uuid"},
            "type": {"type": "string", "enum": types},
            "source": {"type": "string", "description": "Base URL of this server."},
            "subject": {"type": "string", "format": "uuid", "description": "Identifier of the ticket."},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"type": "string", "enum": ["application/json"]},
            "data": {
                "description": "The whole resource at the time of the event: a ticket that was updated, a note that was \
                                added, or an attachment that was added or checked.",
                "anyOf": [reference("Ticket"), reference("Note"), reference("Attachment")]
            }
        }
    })
}
