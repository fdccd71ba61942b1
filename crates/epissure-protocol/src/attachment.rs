//! Attachments: files that the OC and the OI add to a ticket.
//!
//! Source: the Interop contract, `Attachment`, and its diagram of an attachment's statuses. The
//! declared media type, hashes and size of a file are compared with the received content, and never
//! trusted. The dialects differ in the address of the content and in the format of instants.

use epissure_filter::{Field, Path, Schema};
use jiff::Timestamp;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dialect::Dialect;
use crate::extensions::{self, Rule};
use crate::instant;
use crate::json::{self, Object};
use crate::names::{AttachmentId, OperatorCode, TicketId, Version};
use crate::problem::Fault;
use crate::reader::{Outcome, Reader};
use crate::refusal::BodyRefusal;

mod chunk;

pub use chunk::{Chunk, ChunkDraft, MAX_CHUNKS};

/// Maximum length of a description, in characters.
pub const LONGEST: usize = 1_000;
/// Maximum length of a name on input, in characters; the rules of file names apply after it.
pub const LONGEST_NAME: usize = 1_000;
/// Maximum length of the other texts, in characters.
pub const LONGEST_DECLARED: usize = 256;
/// Maximum number of attachments of a ticket, rejected ones included.
pub const MOST: usize = 100;

/// Members of an attachment, in output order.
pub const MEMBERS: &[&str] = &[
    "@type",
    "@baseType",
    "@version",
    "id",
    "name",
    "description",
    "mimeType",
    "size",
    "md5",
    "sha1",
    "sha256",
    "status",
    "statusChangeReason",
    "statusChangeDetails",
    "statusChange",
    "creationDate",
    "lastUpdateDate",
    "author",
    "relatedEntity",
    "uploadedChunks",
    "uri",
];
/// Members of the contract that are not in [`MEMBERS`]. They are ignored on input, as are those
/// that the server writes.
const NOT_READ: &[&str] = &["@schemaLocation", "href", "relatedParty"];
/// Member of the stored document with the declared values. Not shown.
const KEPT_DECLARED: &str = "@declared";

/// Status of an attachment (Interop contract, diagram of an attachment's statuses).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AttachmentStatus {
    /// Received in one piece, not checked yet.
    Pending,
    /// Being received in chunks.
    Uploading,
    /// All chunks received, not checked yet.
    Uploaded,
    /// Checked and accepted: its content can be downloaded. Final.
    Validated,
    /// Refused: its content is no longer available. Final.
    Rejected,
}

impl AttachmentStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Uploading, Self::Uploaded, Self::Validated, Self::Rejected];

    /// Returns the spelling on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Uploading => "UPLOADING",
            Self::Uploaded => "UPLOADED",
            Self::Validated => "VALIDATED",
            Self::Rejected => "REJECTED",
        }
    }

    /// Returns true when the content is present and awaits its check.
    #[must_use]
    pub const fn waits(self) -> bool {
        matches!(self, Self::Pending | Self::Uploaded)
    }
}

/// Request for a new attachment.
#[derive(Debug, Clone, PartialEq)]
pub struct AttachmentDraft {
    /// Name, as sent.
    pub name: String,
    /// Description, in the author's words.
    pub description: Option<String>,
    /// The declared media type.
    pub mime_type: Option<String>,
    /// The declared `md5`, `sha1`, `sha256` and `size`, by member, as texts.
    pub declared: Object,
    extensions: Object,
}

/// Reads the metadata of a new attachment.
///
/// # Errors
/// Returns every fault found: `name` is required. Members that the contract does not name are
/// refused when the rule is strict, or when they exceed the size limit.
pub fn read(body: &Object, rule: Rule) -> Result<AttachmentDraft, Vec<Fault>> {
    let mut out = Outcome::default();
    let mut reader = Reader::new(body, "", &mut out);
    reader.vocabulary("@type", |text| (text == "Attachment").then_some(()), ["Attachment"].into_iter());
    let name = reader.required_text("name", LONGEST_NAME);
    let description = reader.text("description", LONGEST);
    let mime_type = reader.text("mimeType", LONGEST_DECLARED);
    let mut declared = Object::new();
    for member in ["md5", "sha1", "sha256"] {
        declared.extend(reader.text(member, LONGEST_DECLARED).map(|text| (member.to_owned(), text.into())));
    }
    let size = reader.count("size").map(|size| ("size".to_owned(), size.to_string().into()));
    declared.extend(size);
    let known = |member: &str| MEMBERS.contains(&member) || NOT_READ.contains(&member);
    let mut extensions =
        rule.take(body, known, |member| BodyRefusal::UnknownOfAttachment { member }, &mut out);
    extensions.shift_remove(KEPT_DECLARED);
    extensions::bound(extensions::object_weight(&extensions), rule.max_bytes, &mut out);
    match name {
        Some(name) if out.faults.is_empty() => {
            Ok(AttachmentDraft { name, description, mime_type, declared, extensions })
        }
        _ => Err(out.faults),
    }
}

/// Measurements of a file's content: its size, and its hashes in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Size, in bytes.
    #[serde(deserialize_with = "size")]
    pub size: u64,
    /// MD5.
    pub md5: String,
    /// SHA-1.
    pub sha1: String,
    /// SHA-256, which identifies the content.
    pub sha256: String,
}

/// Reads a size in a flattened member. With `arbitrary_precision`, serde's buffer represents a
/// number as a map that only [`serde_json::Number`] reads.
fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    number.as_u64().ok_or_else(|| D::Error::custom("not a size in bytes"))
}

/// Entry of an attachment's history (Interop contract, `StatusChange`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentChange {
    /// The status reached.
    pub status: AttachmentStatus,
    /// Time of the change.
    #[serde(with = "instant::serde_format")]
    pub change_date: Timestamp,
    /// Reason, as a stable word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_reason: Option<String>,
    /// Reason, as a sentence for the file's sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_details: Option<String>,
}

/// Reference to the attachment's ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelatedTicket {
    id: TicketId,
    #[serde(rename = "@type")]
    kind: String,
    #[serde(rename = "@baseType")]
    base: String,
    #[serde(rename = "@referredType")]
    referred: String,
}

/// An attachment, as stored. [`shown`] renders it for readers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    #[serde(rename = "@type")]
    kind: String,
    #[serde(rename = "@baseType")]
    base: String,
    /// Current version.
    #[serde(rename = "@version")]
    pub version: Version,
    /// The identifier.
    pub id: AttachmentId,
    /// Name, made safe to display and to use as a file name.
    pub name: String,
    /// Description, in the author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Media type derived from the name; the content is served with it.
    pub mime_type: String,
    /// Measurements of the content; `None` until all of it is received.
    #[serde(flatten)]
    pub measured: Option<Measured>,
    /// Current status.
    pub status: AttachmentStatus,
    /// Reason of the rejection, as a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_change_reason: Option<String>,
    /// Reason of the rejection, as a sentence for the file's sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_change_details: Option<String>,
    /// Past and current statuses, oldest first.
    pub status_change: Vec<AttachmentChange>,
    /// Time of creation.
    #[serde(with = "instant::serde_format")]
    pub creation_date: Timestamp,
    /// Time of the last change.
    #[serde(with = "instant::serde_format")]
    pub last_update_date: Timestamp,
    /// The operator that added it.
    pub author: OperatorCode,
    related_entity: Vec<RelatedTicket>,
    /// Received chunks, by index; `None` for a file sent in one piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded_chunks: Option<Vec<Chunk>>,
    /// Declared values, as texts by member. Not shown.
    #[serde(rename = "@declared", default, skip_serializing_if = "Object::is_empty")]
    pub declared: Object,
    #[serde(flatten)]
    extensions: Object,
}

/// Values that the server sets in a new attachment.
#[derive(Debug, Clone)]
pub struct Origin<'a> {
    /// The identifier.
    pub id: AttachmentId,
    /// First version.
    pub version: Version,
    /// Ticket of the attachment.
    pub ticket: TicketId,
    /// Operator that adds it.
    pub author: &'a OperatorCode,
    /// Time of creation.
    pub at: Timestamp,
    /// Name, made safe.
    pub name: String,
    /// Media type of its kind of file.
    pub mime_type: &'static str,
}

impl AttachmentDraft {
    /// Creates the attachment: PENDING with its measurements, UPLOADING when chunks are to follow.
    #[must_use]
    pub fn added(self, origin: Origin<'_>, measured: Option<Measured>) -> Attachment {
        let Origin { id, version, ticket, author, at, name, mime_type } = origin;
        let in_chunks = measured.is_none();
        let status = if in_chunks { AttachmentStatus::Uploading } else { AttachmentStatus::Pending };
        let first = AttachmentChange { status, change_date: at, change_reason: None, change_details: None };
        Attachment {
            kind: "Attachment".to_owned(),
            base: "Attachment".to_owned(),
            version,
            id,
            name,
            description: self.description,
            mime_type: mime_type.to_owned(),
            measured,
            status,
            status_change_reason: None,
            status_change_details: None,
            status_change: vec![first],
            creation_date: at,
            last_update_date: at,
            author: author.clone(),
            related_entity: vec![RelatedTicket {
                id: ticket,
                kind: "RelatedEntity".to_owned(),
                base: "RelatedEntity".to_owned(),
                referred: "AnomalieAdresse".to_owned(),
            }],
            uploaded_chunks: in_chunks.then(Vec::new),
            declared: self.declared,
            extensions: self.extensions,
        }
    }
}

/// Result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conclusion {
    /// The content is accepted.
    Validated,
    /// The content is refused.
    Rejected {
        /// Reason, as a stable word: `MACRO`.
        reason: String,
        /// Reason, as a sentence for the file's sender.
        details: String,
    },
}

impl Attachment {
    /// Reads a stored attachment, with the exact digits of numbers in extension members.
    ///
    /// # Errors
    /// Fails when the text is not a stored attachment.
    pub fn read(text: &str) -> serde_json::Result<Self> {
        let mut attachment: Self = serde_json::from_str(text)?;
        json::take_members(&mut attachment.extensions, &mut json::stored(text)?);
        Ok(attachment)
    }

    /// Returns the document, with the exact digits of its numbers.
    ///
    /// # Errors
    /// Returns the errors of serde_json, which an attachment never causes.
    pub fn document(&self) -> serde_json::Result<Object> {
        json::stored(&serde_json::to_string(self)?)
    }

    /// Returns the attachment as UPLOADED, after all its chunks are received.
    #[must_use]
    pub fn finalized(mut self, version: Version, at: Timestamp) -> Self {
        self.becomes(AttachmentStatus::Uploaded, version, at);
        self
    }

    /// Returns the attachment after its check, or after its upload is abandoned.
    #[must_use]
    pub fn concluded(mut self, conclusion: Conclusion, version: Version, at: Timestamp) -> Self {
        match conclusion {
            Conclusion::Validated => self.becomes(AttachmentStatus::Validated, version, at),
            Conclusion::Rejected { reason, details } => {
                self.becomes(AttachmentStatus::Rejected, version, at);
                if let Some(last) = self.status_change.last_mut() {
                    (last.change_reason, last.change_details) = (Some(reason.clone()), Some(details.clone()));
                }
                (self.status_change_reason, self.status_change_details) = (Some(reason), Some(details));
            }
        }
        self
    }

    fn becomes(&mut self, status: AttachmentStatus, version: Version, at: Timestamp) {
        let at = at.max(self.last_update_date);
        (self.status, self.version, self.last_update_date) = (status, version, at);
        let change = AttachmentChange { status, change_date: at, change_reason: None, change_details: None };
        self.status_change.push(change);
    }
}

/// Returns the stored document without the members internal to the server.
#[must_use]
pub fn public(mut kept: Object) -> Object {
    kept.shift_remove(KEPT_DECLARED);
    kept
}

/// Renders an attachment in a dialect, from its [`public`] document; `ticket` is the address of its
/// ticket.
///
/// `uri` is the present or future address of the content; a rejected attachment has none.
#[must_use]
pub fn shown(mut public: Object, ticket: &str, dialect: Dialect) -> Object {
    dialect.write_instants(&mut public, &["creationDate", "lastUpdateDate"]);
    for change in public.get_mut("statusChange").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(change) = change {
            dialect.write_instants(change, &["changeDate"]);
        }
    }

    let rejected = public.get("status").and_then(Value::as_str) == Some(AttachmentStatus::Rejected.as_str());
    let uri = public.get("id").and_then(Value::as_str).filter(|_| !rejected);
    if let Some(uri) = uri.map(|id| format!("{ticket}/attachment/{id}/content")) {
        public.insert("uri".to_owned(), uri.into());
    }
    public
}

/// Renders the statuses of the Interop contract, whose schema has PENDING, VALIDATED and REJECTED
/// only. UPLOADING and UPLOADED become PENDING.
#[must_use]
pub fn in_contract_words(mut attachment: Object) -> Object {
    let pending = AttachmentStatus::Pending.as_str();
    let chunked = [AttachmentStatus::Uploading.as_str(), AttachmentStatus::Uploaded.as_str()];
    let reword = |object: &mut Object| {
        let status = object.get("status").and_then(Value::as_str);
        if status.is_some_and(|status| chunked.contains(&status)) {
            object.insert("status".to_owned(), pending.into());
        }
    };
    reword(&mut attachment);
    if let Some(Value::Array(changes)) = attachment.get_mut("statusChange") {
        changes.iter_mut().filter_map(Value::as_object_mut).for_each(reword);
        changes.dedup_by(|later, earlier| later.get("status") == earlier.get("status"));
    }
    attachment
}

/// Schema of the paths of a list of attachments.
#[derive(Debug, Clone, Copy, Default)]
pub struct AttachmentSchema;

impl Schema for AttachmentSchema {
    fn field(&self, path: &Path) -> Field {
        match path.as_joined() {
            "creationDate" | "lastUpdateDate" | "statusChange.changeDate" => Field::instant(path.clone()),
            _ => Field::any(path.clone()),
        }
    }

    fn knows(&self, first_segment: &str) -> bool {
        MEMBERS.contains(&first_segment)
    }
}

#[cfg(test)]
mod tests;
