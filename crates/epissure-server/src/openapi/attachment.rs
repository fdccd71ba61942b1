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

/// Returns the paths of attachments.
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

/// Returns the schemas of attachments.
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
    answer_header("Version of the attachment.", "string")
}

fn list(dialect: Dialect) -> Value {
    let mut parameters = page(dialect, None);
    parameters.extend([first_level_fields(), filter()]);
    let success = json!({
        "description": "A page of attachments, oldest first unless `sort` is set",
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
                "file": {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream", "description": "Content of the file or of the chunk."},
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
        header("Prefer", "handling=strict refuses members that the contract does not define.", false),
    ];
    let body = json!({
        "required": true,
        "description": "As multipart/form-data, a file and its metadata, in either order. As application/json, the metadata \
                        of a file that the caller then sends in chunks.",
        "content": {
            "multipart/form-data": form("attachment", "NewAttachment"),
            "application/json": {"schema": reference("NewAttachment")}
        }
    });
    let success = json!({
        "description": "Created: with a file, PENDING until its check; without, UPLOADING. The content can be downloaded once the \
                        attachment is VALIDATED.",
        "headers": {"ETag": version(), "Location": answer_header("URL of the attachment.", "string")},
        "content": content(&reference("Attachment"))
    });
    let codes: &[&[Code]] = &[ITEM, BODY, COMMON, &[Code::Conflict]];
    let summary = "Attach a file to a ticket, or open an attachment to send in chunks";
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
    let success = ("200", one("Metadata of the attachment"));
    let parameters = [first_level_fields(), if_none_match()];
    let summary = "Read the metadata of an attachment";
    let mut read = operation(summary, ANOMALIE_READ, &parameters, None, success, codes);
    read["responses"]["200"]["content"] = content(&reference("PartialAttachment"));
    read["responses"]["304"] = not_modified();
    read
}

fn chunk() -> Value {
    let body = json!({"required": true, "content": {"multipart/form-data": form("metadata", "Chunk")}});
    let codes: &[&[Code]] = &[ITEM, BODY, COMMON, &[Code::Conflict]];
    let success = ("200", one("Stored. Sending the same chunk again has no effect."));
    operation("Send a chunk of an attachment", ANOMALIE_WRITE, &[], Some(body), success, codes)
}

fn finalize() -> Value {
    let codes: &[&[Code]] = &[ITEM, COMMON, &[Code::Conflict]];
    let success = (
        "200",
        one(
            "UPLOADED: the server checks it next. If it was finalized before, the attachment in its current state.",
        ),
    );
    operation("Finalize an attachment after its last chunk", ANOMALIE_WRITE, &[], None, success, codes)
}

fn download() -> Value {
    let parameters = [
        header("Range", "A single range of bytes, such as bytes=0-1023.", false),
        header(
            "If-Range",
            "ETag or date to which the range applies. For any other content the server sends all of it.",
            false,
        ),
        header("If-Match", "412 unless the ETag of the content matches.", false),
        header("If-None-Match", "304 when the ETag of the content matches.", false),
        header("If-Modified-Since", "304 unless the content is newer than this date.", false),
        header("If-Unmodified-Since", "412 when the content is newer than this date.", false),
    ];
    // openapi-python-client reads bytes where this type comes first. It decodes text/csv as text,
    // and then fails.
    let types =
        std::iter::once("application/octet-stream").chain(FORMS.iter().map(|form| form.media_types[0]));
    let bytes: Map<String, Value> = types
        .map(|media| (media.to_owned(), json!({"schema": {"type": "string", "format": "binary"}})))
        .collect();
    let headers = json!({
        "ETag": answer_header("SHA-256 of the content.", "string"),
        "Last-Modified": answer_header("Date of the validation.", "string"),
        "Content-Disposition": answer_header("Name of the file.", "string")
    });
    let whole = json!({"description": "The content, in the media type of the attachment", "headers": headers, "content": bytes});
    let mut part = whole.clone();
    part["description"] = "The requested range of the content".into();
    part["headers"]["Content-Range"] = answer_header("Range of bytes, and size of the content.", "string");
    let codes: &[&[Code]] = &[ITEM, COMMON, &[Code::PreconditionFailed, Code::RangeNotSatisfiable]];
    let summary = "Download the content of a VALIDATED attachment";
    let mut operation = operation(summary, ANOMALIE_READ, &parameters, None, ("200", whole), codes);
    operation["responses"]["206"] = part;
    operation["responses"]["304"] = json!({"description": "The content that the caller has is current"});
    operation
}

fn hash(name: &str, digits: usize) -> Value {
    json!({"type": "string", "pattern": format!("^[0-9a-f]{{{digits}}}$"), "description": format!("{name} of the content, in lowercase hexadecimal.")})
}

fn attachment(dialect: Dialect) -> Value {
    let media: Vec<&str> = FORMS.iter().map(|form| form.media_types[0]).collect();
    let statuses = AttachmentStatus::ALL.map(AttachmentStatus::as_str);
    json!({
        "type": "object",
        "description": "Metadata of a file attached to a ticket.",
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
            "size": {"type": "integer", "minimum": 0, "description": "Size, in bytes."},
            "md5": hash("MD5", 32),
            "sha1": hash("SHA-1", 40),
            "sha256": hash("SHA-256", 64),
            "status": {"type": "string", "enum": statuses},
            "statusChangeReason": {"type": "string", "description": "Code of the reason for the rejection, such as `MACRO`."},
            "statusChangeDetails": {"type": "string", "description": "Reason for the rejection, as a sentence for the author."},
            "statusChange": {
                "type": "array",
                "items": reference("AttachmentStatusChange")
            },
            "creationDate": {"type": "string", "format": "date-time"},
            "lastUpdateDate": {"type": "string", "format": "date-time"},
            "author": {"type": "string", "description": "Code of the operator that added the attachment."},
            "relatedEntity": {
                "type": "array",
                "description": "The ticket of the attachment.",
                "items": reference("RelatedTicket")
            },
            "uploadedChunks": {
                "type": "array",
                "description": "Chunks that the server has received, for an attachment sent in chunks.",
                "items": reference("Chunk")
            },
            "uri": {"type": "string", "format": "uri", "description": "URL of the content. Returns 404 until the attachment is VALIDATED."}
        }
    })
}

fn status_change() -> Value {
    json!({
        "type": "object",
        "description": "A past or current status of the attachment.",
        "required": ["status", "changeDate"],
        "properties": {
            "status": {"type": "string", "enum": AttachmentStatus::ALL.map(AttachmentStatus::as_str)},
            "changeDate": {"type": "string", "format": "date-time"},
            "changeReason": {"type": "string"},
            "changeDetails": {"type": "string"}
        }
    })
}

/// Returns a pattern of the names with a permitted extension, in any case.
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
        "description": "The media type, size and hashes are compared with the content that arrives. A file that differs is REJECTED.",
        "properties": {
            "@type": {"type": "string", "enum": ["Attachment"]},
            "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_NAME,
                "pattern": extension(),
                "description": "File name, with the extension of its format."
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
                "description": "Position of the chunk in the file, from 0."
            },
            "size": {"type": "integer", "minimum": 0, "description": "Size, in bytes."},
            "sha256": {"type": "string", "description": "SHA-256 of the chunk, in hexadecimal."}
        }
    })
}
