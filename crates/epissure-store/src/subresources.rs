//! The lists of what is under one ticket: its notes, and its attachments.

use async_trait::async_trait;
use epissure_protocol::names::TicketId;

use crate::{StoreError, Viewer};

/// A list under a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// Its notes.
    Notes,
    /// Its attachments.
    Attachments,
}

/// A part of a collection, in the order in which its resources were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Resources up to this number are left out; 0 for none.
    pub after: i64,
    /// How many of the others are skipped.
    pub offset: u64,
    /// How many are returned at most.
    pub limit: u32,
    /// The slice ends before the resource with which it would hold more bytes than these; it has one at least.
    pub max_bytes: usize,
}

/// A resource as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// Its number, greater than that of each resource added before.
    pub seq: i64,
    /// Its JSON text.
    pub document: String,
}

/// What is under tickets, listed.
#[async_trait]
pub trait Subresources: Send + Sync + 'static {
    /// How many resources a collection has; `None` when the viewer may not see the ticket.
    async fn count_subresources(
        &self,
        of: Collection,
        ticket: TicketId,
        viewer: &Viewer,
    ) -> Result<Option<u64>, StoreError>;
    /// A slice of a collection, empty at its end; `None` when the viewer may not see the ticket.
    async fn subresources(
        &self,
        of: Collection,
        ticket: TicketId,
        viewer: &Viewer,
        slice: Slice,
    ) -> Result<Option<Vec<Numbered>>, StoreError>;
}
