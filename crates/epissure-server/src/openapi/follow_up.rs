//! What goes on under a ticket, in the contract of the AnomalieAdresse API: notes, and events.

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

/// The paths of notes and events.
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

/// The schemas of notes and events.
pub(super) fn schemas(dialect: Dialect) -> Value {
    let note = note_schema(dialect);
    json!({"PartialNote": partial(&note), "Note": note, "NewNote": new_note_schema(), "Event": event_schema(dialect), "ReceivedEvent": received_event_schema()})
}

fn list_notes(dialect: Dialect) -> Value {
    let mut parameters = page(dialect, None);
    parameters.extend([first_level_fields(), filter()]);
    let success = json!({
        "description": "The notes of the page, oldest first unless sorted",
        "headers": counts(),
        "content": content(&json!({"type": "array", "items": reference("PartialNote")}))
    });
    let codes: &[&[Code]] = &[ITEM, QUERY, COMMON];
    operation("List the notes of a ticket", ANOMALIE_READ, &parameters, None, ("200", success), codes)
}

/// A count of what goes on under tickets.
pub(super) fn count(summary: &str, codes: &[&[Code]]) -> Value {
    let success = json!({
        "description": "How many match",
        "headers": {"X-Total-Count": answer_header("How many match, exactly.", "integer")}
    });
    operation(summary, ANOMALIE_READ, &[filter()], None, ("200", success), codes)
}

fn add_note() -> Value {
    let parameters = [
        idempotency_key(),
        header("Prefer", "handling=strict refuses members that the contract does not name.", false),
    ];
    let body = json!({"required": true, "content": content(&reference("NewNote"))});
    let success = json!({
        "description": "Added",
        "headers": {"ETag": answer_header("The note's identifier: a note never changes.", "string")},
        "content": content(&reference("Note"))
    });
    let codes: &[&[Code]] = &[ITEM, BODY, COMMON, &[Code::Conflict]];
    operation("Add a note to a ticket", ANOMALIE_WRITE, &parameters, Some(body), ("201", success), codes)
}

fn list_events(dialect: Dialect) -> Value {
    let cursor = "In the place of offset: where the page begins, as the next address of a Link header says.";
    let mut parameters = page(dialect, Some(cursor));
    parameters.extend([
        first_level_fields(),
        filter(),
        header(
            "Last-Event-ID",
            "With Accept: text/event-stream: the stream begins after this event, or else at the oldest.",
            false,
        ),
    ]);
    let mut answered = content(&json!({"type": "array", "items": reference("Event")}));
    answered["text/event-stream"] = json!({"schema": {"type": "string"}});
    let success = json!({
        "description": "The events of the tickets that the caller may see, in the order in which they came; or, for who \
                        accepts text/event-stream, each as it comes, without pages",
        "headers": counts(),
        "content": answered
    });
    let codes: &[&[Code]] = &[QUERY, COMMON, &[Code::InvalidHeader]];
    operation("List events, or follow them", ANOMALIE_READ, &parameters, None, ("200", success), codes)
}

fn receive_event() -> Value {
    let parameters = [
        header(
            "webhook-id",
            "The event's identifier, the same however often it is sent (Standard Webhooks).",
            false,
        ),
        header("webhook-timestamp", "When it was signed, in seconds; at most five minutes from now.", false),
        header(
            "webhook-signature",
            "Its signatures. Required, with the two above, once the OC has been given the OI's secret.",
            false,
        ),
    ];
    let mut taken = content(&reference("ReceivedEvent"));
    taken["application/cloudevents+json"] = json!({"schema": reference("ReceivedEvent")});
    let body = json!({"required": true, "content": taken});
    let success = json!({"description": "It is kept; it was before when it has come before."});
    let codes: &[&[Code]] = &[BODY, COMMON];
    let summary = "Take in an event, on the OC's side: an OI's client sends it";
    operation(summary, ANOMALIE_WRITE, &parameters, Some(body), ("204", success), codes)
}

fn consent() -> Value {
    let parameters = [header(
        "WebHook-Request-Origin",
        "Who wants to send (CloudEvents webhooks 1.0.2, section 4).",
        false,
    )];
    let success = json!({
        "description": "What this path serves; and consent, when it was asked for",
        "headers": {
            "WebHook-Allowed-Origin": answer_header("Who may send: whoever asked.", "string"),
            "WebHook-Allowed-Rate": answer_header("How many a minute: any number.", "string")
        }
    });
    let summary = "Consent to take in events, on the OC's side: an OI's client asks";
    operation(summary, ANOMALIE_WRITE, &parameters, None, ("204", success), &[COMMON])
}

fn received_event_schema() -> Value {
    json!({
        "type": "object",
        "description": "A CloudEvent 1.0 with the resource that it is about.",
        "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
        "properties": {
            "specversion": {"type": "string", "enum": ["1.0", "1"]},
            "id": {"type": "string", "minLength": 1, "maxLength": 1024},
            "source": {"type": "string", "minLength": 1, "maxLength": 1024},
            "type": {"type": "string", "minLength": 1, "maxLength": 1024},
            "subject": {"type": "string", "format": "uuid", "description": "The ticket."},
            "time": {"type": "string", "format": "date-time"},
            "data": {
                "type": "object",
                "description": "The resource. Of an update, id is that of subject.",
                "properties": {"id": {"type": ["string", "null"]}}
            }
        }
    })
}

fn note_schema(dialect: Dialect) -> Value {
    json!({
        "type": "object",
        "description": "Written once by one side, read by both.",
        "required": note::MEMBERS,
        "examples": [examples::note(dialect)],
        "properties": {
            "@type": {"type": "string", "enum": ["Note"]},
            "@baseType": {"type": "string", "enum": ["Note"]},
            "@schemaLocation": {"type": "string"},
            "id": {"type": "string", "format": "uuid"},
            "date": {"type": "string", "format": "date-time"},
            "author": {"type": "string", "description": "The operator that wrote it."},
            "text": {"type": "string", "minLength": 1, "maxLength": note::LONGEST},
            "relatedEntity": {
                "type": "array",
                "description": "The ticket.",
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
        "description": "A CloudEvent 1.0. All its members unless `fields` asks for some.",
        "examples": [examples::event(dialect)],
        "properties": {
            "specversion": {"type": "string", "enum": ["1.0"]},
            "id": {"type": "string", "format": "uuid"},
            "type": {"type": "string", "enum": types},
            "source": {"type": "string", "description": "The base URL of this server."},
            "subject": {"type": "string", "format": "uuid", "description": "The ticket."},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"type": "string", "enum": ["application/json"]},
            "data": {
                "description": "The whole resource as it became: a ticket after an update, a note or an attachment when one \
                                was added, an attachment when it was checked.",
                "anyOf": [reference("Ticket"), reference("Note"), reference("Attachment")]
            }
        }
    })
}
