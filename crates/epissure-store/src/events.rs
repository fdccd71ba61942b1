//! Events. Each is inserted in the same transaction as the change that it announces.

use async_trait::async_trait;
use epissure_filter::Path;
use epissure_filter::Plan;
use epissure_filter::plan::{Catalog, Column, Holds};
use epissure_protocol::codes::Actor;
use epissure_protocol::event::EventKind;
use epissure_protocol::names::EventId;
use jiff::Timestamp;

use crate::{ListRequest, Page, StoreError, Viewer};

/// An event to insert with the change that it announces.
#[derive(Debug, Clone, Copy)]
pub struct NewEvent {
    /// Identifier of the event.
    pub id: EventId,
    /// Kind of the event.
    pub kind: EventKind,
    /// Instant of the event.
    pub at: Timestamp,
    /// Actor that caused the event.
    pub by: Actor,
}

/// A stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// JSON text made by [`epissure_protocol::event::kept`].
    pub document: String,
    /// Rank: an event committed later has a greater one.
    pub seq: i64,
}

/// Catalog of events.
pub const EVENT_CATALOG: EventCatalog = EventCatalog;

/// Type of [`EVENT_CATALOG`].
#[derive(Debug, Clone, Copy)]
pub struct EventCatalog;

impl Catalog for EventCatalog {
    fn column(&self, path: &Path) -> Option<Column> {
        let [only] = path.segments() else { return None };
        Some(match only.name() {
            "id" => Column { name: "id", holds: Holds::Text },
            "type" => Column { name: "type", holds: Holds::Text },
            "subject" => Column { name: "subject", holds: Holds::Text },
            "time" => Column { name: "time", holds: Holds::Instant },
            _ => return None,
        })
    }

    fn multi_valued(&self, _path: &Path) -> Option<u16> {
        None
    }
}

/// Storage of events.
#[async_trait]
pub trait Events: Send + Sync + 'static {
    /// Returns a page of the events of the tickets that the viewer may see. The order is that of
    /// the plan, by default the order of commit.
    async fn list_events(&self, request: ListRequest) -> Result<Page<StoredEvent>, StoreError>;
    /// Returns the number of events that match.
    async fn count_events(&self, viewer: Viewer, plan: Plan, now: Timestamp) -> Result<u64, StoreError>;
    /// Returns the rank of an event, if the viewer may see it.
    async fn event_rank(&self, id: EventId, viewer: &Viewer) -> Result<Option<i64>, StoreError>;
    /// Returns the viewer's events of a greater rank, ordered by rank. The result has as many as
    /// `limit` and `max_bytes` allow, and at least one if any exists.
    async fn events_after(
        &self,
        rank: i64,
        viewer: Viewer,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Vec<StoredEvent>, StoreError>;
}
