//! The storage contract that every backend implements, in domain terms: no SQL, no HTTP.
//!
//! A write is one value that contains all the changes of one transaction. A backend commits all of
//! it or none, and returns only once it is durable. Every write by a client or an administrator
//! takes its [`Author`], and adds a row to the [`Audit`]. Look-ups return `None` both for a missing
//! row and for one that the [`Viewer`] or operator may not see. The caller cannot distinguish the
//! two.
//!
//! `suite`, behind the feature of the same name, is the test suite that every backend must pass.

mod access;
pub mod archive;
mod attachments;
mod audit;
mod catalog;
mod deliveries;
mod error;
mod events;
mod notes;
mod parties;
mod party_catalog;
mod received;
mod retention;
mod seals;
mod subresources;
mod tickets;

#[cfg(feature = "suite")]
pub mod suite;

pub use access::{
    Access, Client, ClientId, ClientSecret, Contract, Operator, Role, SecretHash, StoredToken, TokenHash,
};
pub use attachments::{
    Attached, AttachmentWrite, Attachments, NewAttachment, ReceivedBytes, Rewritten, StoredAttachment,
    Ticketed,
};
pub use audit::{Action, Audit, AuditRow, Author, Hash, Who};
pub use catalog::{CATALOG, MULTI_VALUED, TicketCatalog, done_column, multi_values};
pub use deliveries::{
    Attempt, Claimed, Deliveries, Delivery, DeliveryFilter, DeliveryState, Pair, Resend, Settled, Settlement,
    SigningSecret, Standing, StoredTarget, TargetSecrets, TargetState,
};
pub use error::StoreError;
pub use events::{EVENT_CATALOG, EventCatalog, Events, NewEvent, StoredEvent};
pub use notes::{NewNote, Noted, Notes};
pub use parties::{
    IDENTIFICATION_TYPES, ImportItem, Imported, ImportedIndividual, ImportedOrganization, IndividualChange,
    NewIndividual, Parties, PartyListRequest, PartyPage, Refusal, Registered, Replaced, StoredIndividual,
    StoredOrganization,
};
pub use party_catalog::{INDIVIDUAL_CATALOG, ORGANIZATION_CATALOG, PairedMembers, PartyCatalog};
pub use received::{Inbox, Received};
pub use retention::{Cut, Retention};
pub use seals::{AuditSeal, Purpose, SealKey};
pub use subresources::{Collection, Numbered, Slice, Subresources};
pub use tickets::{
    Idempotency, KeyValue, ListRequest, MAX_PAGE_BYTES, NewTicket, Opened, Page, Place, Replay, Start,
    StoredTicket, TicketChange, Tickets, Viewer, Written,
};

/// Storage of all the data of a server.
pub trait Store:
    Tickets
    + Notes
    + Attachments
    + Subresources
    + Events
    + Deliveries
    + Inbox
    + Parties
    + Access
    + Audit
    + Retention
{
}

impl<
    T: Tickets
        + Notes
        + Attachments
        + Subresources
        + Events
        + Deliveries
        + Inbox
        + Parties
        + Access
        + Audit
        + Retention,
> Store for T
{
}
