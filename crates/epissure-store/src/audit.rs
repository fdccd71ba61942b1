//! The audit: who did what, when, from where, on every write that somebody makes.
//!
//! Rows are only ever added, in the transaction of what they tell of, and each holds the hash of the one before: what is changed,
//! taken out or put between is seen by whoever computes the hashes again. They name things and versions, and hold nothing
//! of what was written.

use std::fmt;

use async_trait::async_trait;
use epissure_protocol::instant;
use epissure_protocol::names::OperatorCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{AuditSeal, ClientId, Role, StoreError};

/// Who writes, from where, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Who.
    pub who: Who,
    /// The address that the request came from.
    pub address: Option<String>,
    /// The identifier of the request.
    pub request: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A program, for its operator, in its role.
    Client(ClientId, OperatorCode, Role),
    /// A person at the command line: the name of its account on that machine.
    Person(String),
    /// The server itself.
    System,
}

impl Author {
    /// The server itself.
    #[must_use]
    pub const fn system(at: Timestamp) -> Self {
        Self { who: Who::System, address: None, request: None, at }
    }

    /// A person at the command line.
    #[must_use]
    pub fn person(name: impl Into<String>, at: Timestamp) -> Self {
        Self { who: Who::Person(name.into()), address: None, request: None, at }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action { $($(#[$doc])* $variant),+ }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name: what it was done to, then what.
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
    /// A chunk of an attachment came, its chunks ended, or its check did.
    AttachmentChange = "attachment.change",
    /// An individual was added.
    IndividualAdd = "individual.add",
    /// An individual was changed.
    IndividualChange = "individual.change",
    /// An individual was erased.
    IndividualDelete = "individual.delete",
    /// An individual was added or replaced from a file.
    IndividualImport = "individual.import",
    /// An organization was added or replaced from a file, or is an operator that was set.
    OrganizationImport = "organization.import",
    /// An operator was added, or replaced.
    OperatorSet = "operator.set",
    /// A client was added.
    ClientAdd = "client.add",
    /// A client was given another secret.
    ClientRotate = "client.rotate",
    /// A client was revoked.
    ClientRevoke = "client.revoke",
    /// A contract was added, or replaced.
    ContractSet = "contract.set",
    /// Where events go was set.
    TargetSet = "target.set",
    /// Events go nowhere any more.
    TargetRemove = "target.remove",
    /// Events are signed with another secret.
    TargetRotate = "target.rotate",
    /// A target was enabled, disabled, or has consented.
    TargetChange = "target.change",
    /// Events are sent again; the subject is the event, or the target.
    EventResend = "event.resend",
    /// An OI's secret was set.
    InboundAccept = "inbound.accept",
    /// An event was received; the subject is its identifier.
    EventReceive = "event.receive",
    /// The audit was exported up to a number, and cut there.
    AuditCut = "audit.cut",
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Hexadecimal, of 32 bytes.
pub type Hash = String;

/// A row of the audit. Its members are written in this order, and hashed so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Its number: one more than that of the row before.
    pub number: i64,
    /// When.
    #[serde(with = "instant::serde_format")]
    pub at: Timestamp,
    /// `client`, `person` or `system`.
    pub kind: String,
    /// The client's identifier, or the person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The client's operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The client's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The address that the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The identifier of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What was done: the name of an [`Action`].
    pub action: String,
    /// To what.
    pub subject: String,
    /// Its version before, of what has versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Its version after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The hash of the row before; zeros for the first.
    pub previous: Hash,
    /// The hash of this one.
    pub hash: Hash,
}

impl AuditRow {
    /// The hash that comes before the first row.
    pub const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    /// The row of something done, after another row, or first of all.
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

    /// What is hashed: its members but the hash, as the texts of a JSON array, an absent one as `null`. Only the first two
    /// depend on the row before.
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

    /// The hash that this row must have: SHA-256 of [what is hashed](Self::hashed).
    #[must_use]
    pub fn computed(&self) -> Hash {
        hexadecimal(&Sha256::digest(self.hashed().as_bytes()))
    }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> Hash {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
        text
    })
}

/// The audit, to be read. It is written by every other write.
#[async_trait]
pub trait Audit: Send + Sync + 'static {
    /// Rows of a greater number, in their order.
    async fn audit(&self, after: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError>;
    /// The number and the hash of the last row.
    async fn audit_head(&self) -> Result<Option<(i64, Hash)>, StoreError>;
    /// Adds a seal, unless the row has one.
    async fn add_audit_seal(&self, seal: AuditSeal) -> Result<(), StoreError>;
    /// The seals of the rows from one number to another, both included, in their order.
    async fn audit_seals(&self, from: i64, to: i64) -> Result<Vec<AuditSeal>, StoreError>;
    /// The last checkpoint.
    async fn audit_checkpoint(&self) -> Result<Option<AuditSeal>, StoreError>;
    /// Adds a checkpoint: rows up to it may be deleted from now on.
    async fn add_audit_checkpoint(&self, checkpoint: AuditSeal, by: &Author) -> Result<(), StoreError>;
    /// Deletes the oldest rows, and their seals, up to the last checkpoint, at most `limit` of them; answers how many.
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
