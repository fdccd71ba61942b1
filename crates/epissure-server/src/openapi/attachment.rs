//! Attachments, in the contract of the AnomalieAdresse API.

use epissure_app::oauth::{ANOMALIE_READ, ANOMALIE_WRITE};
use epissure_files::FORMS;
use epissure_protocol::attachment::{AttachmentStatus, LONGEST, LONGEST_DECLARED, LONGEST_NAME, MAX_CHUNKS};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::problem::Code;
use serde_json::{Map, Value, json};

use super::anomalie::{QUERY, filter, first_level_fields, operation, page};
use super::examples;
use super::follow_up::count;
use super::parts::{
    BODY, COMMON, ITEM, answer_header, content, counts, header, id_in_path, idempotency_key, if_none_match,
    not_modified, partial, reference,
};

/// The paths of attachments.
pub(super) fn paths(dialect: Dialect) -> Value {
    let attachments = format!("{}/{{id}}/attachment", dialect.mount());
    let one = format!("{attachments}/{{attachment}}");
    let both = json!([id_in_path(), attachment_in_path()]);
    json!({
        attachments: {
            "parameters": [id_in_path()],
            "get": list(dialect),
            "head": count("Count attachments", &[ITEM, QUERY, COMMON]),
            "post": add()
        },
        one.clone(): {"parameters": both, "get": read()},
        format!("{one}/content"): {"parameters": both, "get": download(), "post": chunk()},
        format!("{one}/finalize"): {"parameters": both, "post": finalize()}
    })
}

/// The schemas of attachments.
pub(super) fn schemas(dialect: Dialect) -> Value {
    let attachment = attachment(dialect);
    json!({
        "PartialAttachment": partial(&attachment),
        "Attachment": attachment,
        "AttachmentStatusChange": status_change(),
        "NewAttachment": new_attachment(),
        "Chunk": chunk_metadata()
    })
}

fn attachment_in_path() -> Value {
    let mut parameter = id_in_path();
    parameter["name"] = "attachment".into();
    parameter
}

fn version() -> Value {
    answer_header("The version of the attachment.", "string")
}

fn list(dialect: Dialect) -> Value {
    let mut parameters = page(dialect, None);
    parameters.extend([first_level_fields(), filter()]);
    let success = json!({
        "description": "The attachments of the page, oldest first unless sorted",
        "headers": counts(),
        "content": content(&json!({"type": "array", "items": reference("PartialAttachment")}))
    });
    let codes: &[&[Code]] = &[ITEM, QUERY, COMMON];
    operation("List the attachments of a ticket", ANOMALIE_READ, &parameters, None, ("200", success), codes)
}

fn form(object: &str, schema: &str) -> Value {
    json!({
        "schema": {
            "type": "object",
            "required": ["file", object],
            "properties": {
                "file": {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream", "description": "The bytes."},
                object: reference(schema)
            },
            "additionalProperties": false
        },
        "encoding": {object: {"contentType": "application/json", "headers": {}}}
    })
}

fn add() -> Value {
    let parameters = [
        idempotency_key(),
        header("Prefer", "handling=strict refuses members that the contract does not name.", false),
    ];
    let body = json!({
        "required": true,
        "description": "A file with what is said of it, the two parts in either order; or, alone, what is said of a file \
                        that will come in chunks.",
        "content": {
            "multipart/form-data": form("attachment", "NewAttachment"),
            "application/json": {"schema": reference("NewAttachment")}
        }
    });
    let success = json!({
        "description": "Added, PENDING: its content can be had once it is VALIDATED. Or opened, UPLOADING.",
        "headers": {"ETag": version(), "Location": answer_header("The address of the attachment.", "string")},
        "content": content(&reference("Attachment"))
    });
    let codes: &[&[Code]] = &[ITEM, BODY, COMMON, &[Code::Conflict]];
    let summary = "Attach a file to a ticket, or open an attachment for its chunks";
    operation(summary, ANOMALIE_WRITE, &parameters, Some(body), ("201", success), codes)
}

fn one(description: &str) -> Value {
    json!({
        "description": description,
        "headers": {"ETag": version()},
        "content": content(&reference("Attachment"))
    })
}

fn read() -> Value {
    let codes: &[&[Code]] = &[ITEM, QUERY, &[Code::InvalidHeader], COMMON];
    let success = ("200", one("What is said of the attachment"));
    let parameters = [first_level_fields(), if_none_match()];
    let summary = "Read what is said of an attachment";
    let mut read = operation(summary, ANOMALIE_READ, &parameters, None, success, codes);
    read["responses"]["200"]["content"] = content(&reference("PartialAttachment"));
    read["responses"]["304"] = not_modified();
    read
}

fn chunk() -> Value {
    let body = json!({"required": true, "content": {"multipart/form-data": form("metadata", "Chunk")}});
    let codes: &[&[Code]] = &[ITEM, BODY, COMMON, &[Code::Conflict]];
    let success = ("200", one("Arrived. The same chunk may be sent again."));
    operation("Send a chunk of an attachment", ANOMALIE_WRITE, &[], Some(body), success, codes)
}

fn finalize() -> Value {
    let codes: &[&[Code]] = &[ITEM, COMMON, &[Code::Conflict]];
    let success =
        ("200", one("UPLOADED, and checked next; or as it is by now, when it was finalized before."));
    operation("End the chunks of an attachment", ANOMALIE_WRITE, &[], None, success, codes)
}

fn download() -> Value {
    let parameters = [
        header("Range", "One range of bytes, as bytes=0-1023.", false),
        header(
            "If-Range",
            "The ETag or the date for which the range is meant; the whole is sent for another.",
            false,
        ),
        header("If-Match", "412 unless the content has this ETag.", false),
        header("If-None-Match", "304 when the content has this ETag.", false),
        header("If-Modified-Since", "304 when the content is not newer.", false),
        header("If-Unmodified-Since", "412 when the content is newer.", false),
    ];
    // openapi-python-client reads bytes where this type comes first. It decodes text/csv as text,
    // and then fails.
    let types =
        std::iter::once("application/octet-stream").chain(FORMS.iter().map(|form| form.media_types[0]));
    let bytes: Map<String, Value> = types
        .map(|media| (media.to_owned(), json!({"schema": {"type": "string", "format": "binary"}})))
        .collect();
    let headers = json!({
        "ETag": answer_header("The SHA-256 of the content.", "string"),
        "Last-Modified": answer_header("Since when it may be read.", "string"),
        "Content-Disposition": answer_header("The name to save it under.", "string")
    });
    let whole = json!({"description": "The content, with the media type of the attachment", "headers": headers, "content": bytes});
    let mut part = whole.clone();
    part["description"] = "The range of it that was asked for".into();
    part["headers"]["Content-Range"] = answer_header("Which bytes of how many.", "string");
    let codes: &[&[Code]] = &[ITEM, COMMON, &[Code::PreconditionFailed, Code::RangeNotSatisfiable]];
    let summary = "Download the content of an attachment that is VALIDATED";
    let mut operation = operation(summary, ANOMALIE_READ, &parameters, None, ("200", whole), codes);
    operation["responses"]["206"] = part;
    operation["responses"]["304"] = json!({"description": "The caller has it already"});
    operation
}

fn hash(name: &str, digits: usize) -> Value {
    json!({"type": "string", "pattern": format!("^[0-9a-f]{{{digits}}}$"), "description": format!("The {name} of the content.")})
}

fn attachment(dialect: Dialect) -> Value {
    let media: Vec<&str> = FORMS.iter().map(|form| form.media_types[0]).collect();
    let statuses = AttachmentStatus::ALL.map(AttachmentStatus::as_str);
    json!({
        "type": "object",
        "description": "The metadata of a file under a ticket.",
        "required": [
            "@type", "@baseType", "@version", "id", "name", "mimeType", "status", "statusChange", "creationDate",
            "lastUpdateDate", "author", "relatedEntity"
        ],
        "examples": [examples::attachment(dialect)],
        "properties": {
            "@type": {"type": "string", "enum": ["Attachment"]},
            "@baseType": {"type": "string", "enum": ["Attachment"]},
            "@version": {"type": "string", "format": "uuid"},
            "id": {"type": "string", "format": "uuid"},
            "name": {"type": "string"},
            "description": {"type": "string", "maxLength": LONGEST},
            "mimeType": {"type": "string", "enum": media},
            "size": {"type": "integer", "minimum": 0, "description": "In bytes."},
            "md5": hash("MD5", 32),
            "sha1": hash("SHA-1", 40),
            "sha256": hash("SHA-256", 64),
            "status": {"type": "string", "enum": statuses},
            "statusChangeReason": {"type": "string", "description": "Why it was rejected, as a word: `MACRO`."},
            "statusChangeDetails": {"type": "string", "description": "Why it was rejected, for whoever sent it."},
            "statusChange": {
                "type": "array",
                "items": reference("AttachmentStatusChange")
            },
            "creationDate": {"type": "string", "format": "date-time"},
            "lastUpdateDate": {"type": "string", "format": "date-time"},
            "author": {"type": "string", "description": "The operator that added it."},
            "relatedEntity": {
                "type": "array",
                "description": "The ticket.",
                "items": reference("RelatedTicket")
            },
            "uploadedChunks": {
                "type": "array",
                "description": "What has arrived of one that comes in chunks.",
                "items": reference("Chunk")
            },
            "uri": {"type": "string", "format": "uri", "description": "Where its content is, once it is VALIDATED."}
        }
    })
}

fn status_change() -> Value {
    json!({
        "type": "object",
        "description": "A status that the attachment has had.",
        "required": ["status", "changeDate"],
        "properties": {
            "status": {"type": "string", "enum": AttachmentStatus::ALL.map(AttachmentStatus::as_str)},
            "changeDate": {"type": "string", "format": "date-time"},
            "changeReason": {"type": "string"},
            "changeDetails": {"type": "string"}
        }
    })
}

/// A pattern of the names with an extension that may be attached, in any case.
fn extension() -> String {
    let either = |letter: char| format!("[{letter}{}]", letter.to_ascii_uppercase());
    let any_case = |extension: &&str| extension.chars().map(either).collect::<String>();
    let extensions: Vec<String> = FORMS.iter().flat_map(|form| form.extensions).map(any_case).collect();
    format!(r"[^.\s]\.({})$", extensions.join("|"))
}

fn new_attachment() -> Value {
    json!({
        "type": "object",
        "required": ["name"],
        "description": "What is declared of the file is compared with what arrives; another is REJECTED.",
        "properties": {
            "@type": {"type": "string", "enum": ["Attachment"]},
            "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_NAME,
                "pattern": extension(),
                "description": "With an extension that says what the file is."
            },
            "description": {"type": "string", "maxLength": LONGEST},
            "mimeType": {"type": "string", "maxLength": LONGEST_DECLARED},
            "md5": {"type": "string", "maxLength": LONGEST_DECLARED},
            "sha1": {"type": "string", "maxLength": LONGEST_DECLARED},
            "sha256": {"type": "string", "maxLength": LONGEST_DECLARED},
            "size": {"type": "integer", "minimum": 0}
        },
        "example": {"name": "plan.pdf", "description": "Where the number is, in red."}
    })
}

fn chunk_metadata() -> Value {
    json!({
        "type": "object",
        "required": ["index"],
        "properties": {
            "index": {
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_CHUNKS - 1,
                "description": "Its place in the file: the first is 0."
            },
            "size": {"type": "integer", "minimum": 0, "description": "In bytes."},
            "sha256": {"type": "string", "description": "The SHA-256 of its bytes, in hexadecimal."}
        }
    })
}
