//! The storage contract that every backend keeps, in the words of the domain: no SQL, no HTTP.
//!
//! A write is one value that holds everything that must become true together; a backend makes it so in one
//! transaction or not at all, and answers only once it is durable. Every write that somebody makes takes its [`Author`], and
//! leaves a row of the [`Audit`]. Look-ups answer `None` for what is not there
//! and for what the [`Viewer`], or the operator, may not see: the two cannot be told apart.
//!
//! `suite`, behind the feature of that name, is the test suite that a backend passes.

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

/// Everything that a server keeps.
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
