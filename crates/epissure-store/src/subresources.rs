//! Lists of the notes and attachments of one ticket.

use async_trait::async_trait;
use epissure_protocol::names::TicketId;

use crate::{StoreError, Viewer};

/// A collection of one ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// Notes.
    Notes,
    /// Attachments.
    Attachments,
}

/// Slice of a collection, in the order of insertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Number of the last resource to exclude; 0 to exclude none.
    pub after: i64,
    /// Number of further resources to skip.
    pub offset: u64,
    /// Maximum number of resources to return.
    pub limit: u32,
    /// Maximum size, in bytes. The slice stops before the resource that exceeds it, but has at
    /// least one.
    pub max_bytes: usize,
}

/// A stored resource with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// Number, greater than that of each resource inserted before.
    pub seq: i64,
    /// JSON text of the resource.
    pub document: String,
}

/// Lists of the resources of tickets.
#[async_trait]
pub trait Subresources: Send + Sync + 'static {
    /// Returns the number of resources in a collection; `None` when the viewer may not see the
    /// ticket.
    async fn count_subresources(
        &self,
        of: Collection,
        ticket: TicketId,
        viewer: &Viewer,
    ) -> Result<Option<u64>, StoreError>;
    /// Returns a slice of a collection, empty at its end; `None` when the viewer may not see the
    /// ticket.
    async fn subresources(
        &self,
        of: Collection,
        ticket: TicketId,
        viewer: &Viewer,
        slice: Slice,
    ) -> Result<Option<Vec<Numbered>>, StoreError>;
}
