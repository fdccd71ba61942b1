//! Events: each is written with the change that it tells of, or not at all.

use async_trait::async_trait;
use epissure_filter::Path;
use epissure_filter::Plan;
use epissure_filter::plan::{Catalog, Column, Holds};
use epissure_protocol::codes::Actor;
use epissure_protocol::event::EventKind;
use epissure_protocol::names::EventId;
use jiff::Timestamp;

use crate::{ListRequest, Page, StoreError, Viewer};

/// An event to write beside what it tells of.
#[derive(Debug, Clone, Copy)]
pub struct NewEvent {
    /// Its identifier.
    pub id: EventId,
    /// What has happened.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// An event as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// The JSON text that [`epissure_protocol::event::kept`] makes.
    pub document: String,
    /// Its rank: those that are committed later have a greater one.
    pub seq: i64,
}

/// The catalog of events.
pub const EVENT_CATALOG: EventCatalog = EventCatalog;

/// See [`EVENT_CATALOG`].
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

/// Events.
#[async_trait]
pub trait Events: Send + Sync + 'static {
    /// A page of the events of the tickets that the viewer may see, in the order that the plan asks for, or else that in
    /// which they were committed.
    async fn list_events(&self, request: ListRequest) -> Result<Page<StoredEvent>, StoreError>;
    /// How many events match.
    async fn count_events(&self, viewer: Viewer, plan: Plan, now: Timestamp) -> Result<u64, StoreError>;
    /// The rank of an event, if the viewer may see it.
    async fn event_rank(&self, id: EventId, viewer: &Viewer) -> Result<Option<i64>, StoreError>;
    /// The viewer's events of a greater rank, in the order of their ranks: as many as `limit` and `max_bytes` allow,
    /// and one at least.
    async fn events_after(
        &self,
        rank: i64,
        viewer: Viewer,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Vec<StoredEvent>, StoreError>;
}
