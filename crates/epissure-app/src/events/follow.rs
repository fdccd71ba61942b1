//! Follows events as they come.

use std::sync::Arc;

use epissure_filter::Query;
use epissure_protocol::names::EventId;
use epissure_protocol::problem::{Code, Problem};
use epissure_store::StoredEvent;

use crate::failure::{failed, unreadable};
use crate::{App, Caller};

/// The most events that are read at once.
const AT_ONCE: u32 = 100;
/// The most bytes of events that are read at once, unless one event has more.
pub const MAX_BATCH_BYTES: usize = 128 * 1024;

/// A caller on its way through the events.
pub struct Following {
    caller: Arc<Caller>,
    query: Query,
    rank: i64,
}

/// Begins after an event, or at the oldest one.
///
/// # Errors
/// 400 when there is no such event that the caller may see: it cannot be told what came after it.
pub async fn follow(
    app: &App,
    caller: Arc<Caller>,
    query: Query,
    after: Option<EventId>,
) -> Result<Following, Problem> {
    let rank = match after {
        None => 0,
        Some(id) => app.store.event_rank(id, &caller.viewer()).await.map_err(failed)?.ok_or_else(|| {
            Problem::new(
                Code::InvalidHeader,
                "Last-Event-ID names no event of yours. Follow from the beginning without it, or from an instant with \
                 time[gte]=….",
            )
        })?,
    };
    Ok(Following { caller, query, rank })
}

impl Following {
    /// What came since the last time, as much as is read at once: the events that match, and whether there was anything.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn more(&mut self, app: &App) -> Result<(Vec<StoredEvent>, bool), Problem> {
        let events = app
            .store
            .events_after(self.rank, self.caller.viewer(), AT_ONCE, MAX_BATCH_BYTES)
            .await
            .map_err(failed)?;
        let Some(last) = events.last() else { return Ok((Vec::new(), false)) };
        self.rank = last.seq;
        let mut matching = Vec::new();
        for event in events {
            let document =
                serde_json::from_str(&event.document).map_err(|error| unreadable("event", &error))?;
            if self.query.matches(&document) {
                matching.push(event);
            }
        }
        Ok((matching, true))
    }
}
