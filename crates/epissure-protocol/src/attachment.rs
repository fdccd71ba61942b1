//! Attachments: files that the two sides put under a ticket.
//!
//! Source: the Interop contract, `Attachment`, and its diagram of an attachment's statuses. What the caller declares of
//! a file (media type, hashes, size) is compared with what arrived, and never believed. The dialects differ
//! in the address of its content, and in how they write its instants.

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

mod chunk;

pub use chunk::{Chunk, ChunkDraft, MOST_CHUNKS, Misplaced};

/// The longest description, in characters.
pub const LONGEST: usize = 1_000;
/// The longest name that is read, in characters; what a name may be is for the files' own rules to say.
pub const LONGEST_NAME: usize = 1_000;
/// The longest of the other texts.
pub const LONGEST_DECLARED: usize = 256;
/// The most attachments of one ticket, those that were rejected included.
pub const MOST: usize = 100;

/// Members of an attachment, in the order in which they are written.
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
/// Members that the contract names beside [`MEMBERS`]. What a caller sends of them, and of those that the server writes,
/// is passed over.
const NOT_READ: &[&str] = &["@schemaLocation", "href", "relatedParty"];
/// Where the kept document has what was declared. It is not shown.
const KEPT_DECLARED: &str = "@declared";

/// Where an attachment is in its life (Interop contract, diagram of an attachment's statuses).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AttachmentStatus {
    /// Arrived in one piece, and not checked yet.
    Pending,
    /// Arrives in chunks.
    Uploading,
    /// All its chunks have arrived, and are not checked yet.
    Uploaded,
    /// Checked and found good: its content can be had. Final.
    Validated,
    /// Refused: its content is gone. Final.
    Rejected,
}

impl AttachmentStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Uploading, Self::Uploaded, Self::Validated, Self::Rejected];

    /// As it is written.
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

    /// Whether its content is there and waits to be checked.
    #[must_use]
    pub const fn waits(self) -> bool {
        matches!(self, Self::Pending | Self::Uploaded)
    }
}

/// What somebody wants to attach.
#[derive(Debug, Clone, PartialEq)]
pub struct AttachmentDraft {
    /// The name, as it was sent.
    pub name: String,
    /// What it shows, in the author's words.
    pub description: Option<String>,
    /// The declared media type.
    pub mime_type: Option<String>,
    /// The declared `md5`, `sha1`, `sha256` and `size`, by member, as texts.
    pub declared: Object,
    extensions: Object,
}

/// Reads what is said of a new attachment.
///
/// # Errors
/// Every fault found: `name` is required; members that the contract does not name are refused when the rule is
/// strict, or when they weigh too much.
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
    let mut extensions = rule.take(body, known, "an attachment", &mut out);
    extensions.shift_remove(KEPT_DECLARED);
    extensions::bound(extensions::object_weight(&extensions), rule.max_bytes, &mut out);
    match name {
        Some(name) if out.faults.is_empty() => {
            Ok(AttachmentDraft { name, description, mime_type, declared, extensions })
        }
        _ => Err(out.faults),
    }
}

/// What the bytes of a file are: its hashes in hexadecimal, and its size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// In bytes.
    #[serde(deserialize_with = "size")]
    pub size: u64,
    /// MD5.
    pub md5: String,
    /// SHA-1.
    pub sha1: String,
    /// SHA-256, which names the content.
    pub sha256: String,
}

/// Reads a size in a flattened member, where serde's buffer holds a number of `arbitrary_precision` as a map that only
/// [`serde_json::Number`] reads.
fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    number.as_u64().ok_or_else(|| D::Error::custom("not a size in bytes"))
}

/// One line of an attachment's history (Interop contract, `StatusChange`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentChange {
    /// The status reached.
    pub status: AttachmentStatus,
    /// When.
    #[serde(with = "instant::serde_format")]
    pub change_date: Timestamp,
    /// Why, as a word that stays the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_reason: Option<String>,
    /// Why, as a sentence for whoever sent the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_details: Option<String>,
}

/// Under which ticket.
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

/// An attachment, as it is kept. [`shown`] is what readers see of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    #[serde(rename = "@type")]
    kind: String,
    #[serde(rename = "@baseType")]
    base: String,
    /// The present version.
    #[serde(rename = "@version")]
    pub version: Version,
    /// The identifier.
    pub id: AttachmentId,
    /// The name, made safe to show and to offer for saving.
    pub name: String,
    /// What it shows, in the author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The media type that its name stands for, and that its content is served as.
    pub mime_type: String,
    /// What arrived; none while not all of it has.
    #[serde(flatten)]
    pub measured: Option<Measured>,
    /// The present status.
    pub status: AttachmentStatus,
    /// Why it was rejected, as a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_change_reason: Option<String>,
    /// Why it was rejected, as a sentence for whoever sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_change_details: Option<String>,
    /// The statuses that it has had, oldest first.
    pub status_change: Vec<AttachmentChange>,
    /// When it was added.
    #[serde(with = "instant::serde_format")]
    pub creation_date: Timestamp,
    /// When it last changed.
    #[serde(with = "instant::serde_format")]
    pub last_update_date: Timestamp,
    /// The operator that added it.
    pub author: OperatorCode,
    related_entity: Vec<RelatedTicket>,
    /// What has arrived of one that comes in chunks, by index; none for one that came in one piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded_chunks: Option<Vec<Chunk>>,
    /// What was declared of it, as texts by member. Not shown.
    #[serde(rename = "@declared", default, skip_serializing_if = "Object::is_empty")]
    pub declared: Object,
    #[serde(flatten)]
    extensions: Object,
}

/// What the server decides of a new attachment.
#[derive(Debug, Clone)]
pub struct Origin<'a> {
    /// Its identifier.
    pub id: AttachmentId,
    /// Its first version.
    pub version: Version,
    /// Under which ticket.
    pub ticket: TicketId,
    /// Who adds it.
    pub author: &'a OperatorCode,
    /// When.
    pub at: Timestamp,
    /// Its name, made safe.
    pub name: String,
    /// The media type of its kind.
    pub mime_type: &'static str,
}

impl AttachmentDraft {
    /// The attachment: PENDING with what arrived, UPLOADING when it will come in chunks.
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

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conclusion {
    /// The content may be had.
    Validated,
    /// It may not.
    Rejected {
        /// Why, as a word that stays the same: `MACRO`.
        reason: String,
        /// Why, as a sentence for whoever sent it.
        details: String,
    },
}

impl Attachment {
    /// Reads a stored attachment, its author's extension members to the letter of their numbers.
    ///
    /// # Errors
    /// When the text is not that of an attachment.
    pub fn read(text: &str) -> serde_json::Result<Self> {
        let mut attachment: Self = serde_json::from_str(text)?;
        json::take_members(&mut attachment.extensions, &mut json::stored(text)?);
        Ok(attachment)
    }

    /// Its document, to the letter of its numbers.
    ///
    /// # Errors
    /// As serde_json, which has none for an attachment.
    pub fn document(&self) -> serde_json::Result<Object> {
        json::stored(&serde_json::to_string(self)?)
    }

    /// The attachment once all its chunks have arrived.
    #[must_use]
    pub fn finalized(mut self, version: Version, at: Timestamp) -> Self {
        self.becomes(AttachmentStatus::Uploaded, version, at);
        self
    }

    /// The attachment once it has been checked, or given up.
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

/// The kept document without what is ours alone.
#[must_use]
pub fn public(mut kept: Object) -> Object {
    kept.shift_remove(KEPT_DECLARED);
    kept
}

/// An attachment as a reader of a dialect sees it, made of its [`public`] document; `ticket` is the address of its
/// ticket.
///
/// `uri` is where its content is, or will be; one that was rejected has none.
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

/// An attachment in the words of the Interop contract, whose schema of a status has PENDING, VALIDATED and REJECTED alone:
/// UPLOADING and UPLOADED are PENDING.
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

/// How the paths of a list of attachments are read.
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
