//! The audit: author, time, source and subject of every write that a client or administrator makes.
//!
//! Each row is inserted in the transaction of the write that it records, and contains the hash of
//! the previous row. Recomputing the hashes reveals any changed, deleted or inserted row. Rows
//! contain identifiers and versions, and none of the written data.

use std::fmt;

use async_trait::async_trait;
use epissure_protocol::instant;
use epissure_protocol::names::OperatorCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{AuditSeal, ClientId, Role, StoreError};

/// Author of a write, with its source and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Actor.
    pub who: Who,
    /// IP address of the request.
    pub address: Option<String>,
    /// Identifier of the request.
    pub request: Option<String>,
    /// Instant of the write.
    pub at: Timestamp,
}

/// Actor of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A client, its operator and its role.
    Client(ClientId, OperatorCode, Role),
    /// An administrator at the command line: the account name on that machine.
    Person(String),
    /// The server itself.
    System,
}

impl Author {
    /// Returns the server as author.
    #[must_use]
    pub const fn system(at: Timestamp) -> Self {
        Self { who: Who::System, address: None, request: None, at }
    }

    /// Returns an administrator at the command line as author.
    #[must_use]
    pub fn person(name: impl Into<String>, at: Timestamp) -> Self {
        Self { who: Who::Person(name.into()), address: None, request: None, at }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// Kind of an audited write.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action { $($(#[$doc])* $variant),+ }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the action's name: the kind of its subject, then the verb.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

actions! {
    /// A ticket was opened.
    TicketOpen = "ticket.open",
    /// A ticket was changed.
    TicketChange = "ticket.change",
    /// A note was added; the subject is the note.
    NoteAdd = "note.add",
    /// An attachment was added, or opened for its chunks.
    AttachmentAdd = "attachment.add",
    /// An attachment received a chunk, its last chunk, or the result of its check.
    AttachmentChange = "attachment.change",
    /// An individual was added.
    IndividualAdd = "individual.add",
    /// An individual was changed.
    IndividualChange = "individual.change",
    /// An individual was erased.
    IndividualDelete = "individual.delete",
    /// An individual was added or replaced from a file.
    IndividualImport = "individual.import",
    /// An organization was added or replaced, from a file or along with an operator.
    OrganizationImport = "organization.import",
    /// An operator was added or replaced.
    OperatorSet = "operator.set",
    /// A client was added.
    ClientAdd = "client.add",
    /// A client's secret was replaced.
    ClientRotate = "client.rotate",
    /// A client was revoked.
    ClientRevoke = "client.revoke",
    /// A contract was added or replaced.
    ContractSet = "contract.set",
    /// The target of a contract was added or replaced.
    TargetSet = "target.set",
    /// The target of a contract was removed.
    TargetRemove = "target.remove",
    /// The signing secret of a target was rotated.
    TargetRotate = "target.rotate",
    /// A target was enabled or disabled, or gave its consent.
    TargetChange = "target.change",
    /// Events were enqueued again; the subject is the event, or the target.
    EventResend = "event.resend",
    /// An OI's inbound secret was set.
    InboundAccept = "inbound.accept",
    /// An event was received; the subject is its identifier.
    EventReceive = "event.receive",
    /// The audit was exported up to a number, which allows its deletion up to there.
    AuditCut = "audit.cut",
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A 32-byte hash in hexadecimal digits.
pub type Hash = String;

/// A row of the audit. Its members are serialized and hashed in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Number of the row: the previous row's number plus one.
    pub number: i64,
    /// Instant of the write.
    #[serde(with = "instant::serde_format")]
    pub at: Timestamp,
    /// `client`, `person` or `system`.
    pub kind: String,
    /// The client's identifier, or the administrator's account name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The client's operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The client's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// IP address of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Identifier of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Name of the [`Action`].
    pub action: String,
    /// Identifier of the subject.
    pub subject: String,
    /// Version of the subject before the write, if it has versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Version of the subject after the write, if it has versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Hash of the previous row; zeros for the first row.
    pub previous: Hash,
    /// Hash of this row.
    pub hash: Hash,
}

impl AuditRow {
    /// Previous hash of the first row.
    pub const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    /// Builds the row of an action, after the last row or as the first one.
    #[must_use]
    pub fn new(
        last: Option<(i64, Hash)>,
        by: &Author,
        action: Action,
        subject: &str,
        versions: (Option<&str>, Option<&str>),
    ) -> Self {
        let (number, previous) = last.unwrap_or_else(|| (0, Self::NONE.to_owned()));
        let (kind, author, operator, role) = match &by.who {
            Who::Client(client, operator, role) => {
                ("client", Some(client.0.clone()), Some(operator.to_string()), Some(role.as_str().to_owned()))
            }
            Who::Person(name) => ("person", Some(name.clone()), None, None),
            Who::System => ("system", None, None, None),
        };
        let mut row = Self {
            number: number + 1,
            at: instant::to_millisecond(by.at),
            kind: kind.to_owned(),
            author,
            operator,
            role,
            address: by.address.clone(),
            request: by.request.clone(),
            action: action.name().to_owned(),
            subject: subject.to_owned(),
            before: versions.0.map(str::to_owned),
            after: versions.1.map(str::to_owned),
            previous,
            hash: String::new(),
        };
        row.hash = row.computed();
        row
    }

    /// Returns the hashed text: every member but the hash, as the texts of a JSON array, with
    /// `null` for an absent one. Only the first two depend on the previous row.
    #[must_use]
    pub fn hashed(&self) -> String {
        let members = serde_json::json!([
            self.previous,
            self.number,
            instant::format(self.at),
            self.kind,
            self.author,
            self.operator,
            self.role,
            self.address,
            self.request,
            self.action,
            self.subject,
            self.before,
            self.after,
        ]);
        members.to_string()
    }

    /// Computes the hash of this row: SHA-256 of [the hashed text](Self::hashed).
    #[must_use]
    pub fn computed(&self) -> Hash {
        hexadecimal(&Sha256::digest(self.hashed().as_bytes()))
    }
}

/// Formats bytes in hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> Hash {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
        text
    })
}

/// Read access to the audit, its seals and its checkpoints. Rows are inserted by all other writes.
#[async_trait]
pub trait Audit: Send + Sync + 'static {
    /// Returns rows with a number greater than `after`, in order.
    async fn audit(&self, after: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError>;
    /// Returns the number and the hash of the last row.
    async fn audit_head(&self) -> Result<Option<(i64, Hash)>, StoreError>;
    /// Inserts a seal, unless the row already has one.
    async fn add_audit_seal(&self, seal: AuditSeal) -> Result<(), StoreError>;
    /// Returns the seals of a range of rows, both ends included, in order.
    async fn audit_seals(&self, from: i64, to: i64) -> Result<Vec<AuditSeal>, StoreError>;
    /// Returns the last checkpoint.
    async fn audit_checkpoint(&self) -> Result<Option<AuditSeal>, StoreError>;
    /// Inserts a checkpoint, which allows the deletion of rows up to it.
    async fn add_audit_checkpoint(&self, checkpoint: AuditSeal, by: &Author) -> Result<(), StoreError>;
    /// Deletes the oldest rows and their seals, up to the last checkpoint, at most `limit` rows.
    /// Returns the number of deleted rows.
    async fn cut_audit(&self, limit: u32) -> Result<u64, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_row_is_what_is_documented() {
        let at = Timestamp::from_millisecond(1_736_860_678_078).expect("an instant");
        let operator = OperatorCode::parse("SFRA").expect("a code");
        let by = Author {
            who: Who::Client(ClientId("sfra-oc".to_owned()), operator, Role::Oc),
            address: Some("192.0.2.7".to_owned()),
            request: Some("r-1".to_owned()),
            at,
        };
        let first = AuditRow::new(None, &by, Action::TicketOpen, "t", (None, Some("v")));
        let text = format!(
            "[\"{}\",1,\"2025-01-14T13:17:58.078+00:00\",\"client\",\"sfra-oc\",\"SFRA\",\"oc\",\"192.0.2.7\",\"r-1\",\
             \"ticket.open\",\"t\",null,\"v\"]",
            AuditRow::NONE
        );
        let expected: String =
            Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(first.hash, expected);
        let next = AuditRow::new(
            Some((first.number, first.hash.clone())),
            &Author::system(at),
            Action::TicketChange,
            "t",
            (Some("v"), Some("w")),
        );
        assert_eq!((next.number, next.previous.as_str()), (2, first.hash.as_str()));
        let read: AuditRow =
            serde_json::from_str(&serde_json::to_string(&next).expect("JSON")).expect("a row");
        assert_eq!((read.computed(), &read), (next.hash.clone(), &next));
    }

    #[test]
    fn every_action_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
    }
}
