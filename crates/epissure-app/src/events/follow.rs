//! Follows the stream of events.

use std::sync::Arc;

use epissure_filter::Query;
use epissure_protocol::names::EventId;
use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::EventRefusal;
use epissure_store::StoredEvent;

use crate::failure::{failed, unreadable};
use crate::{App, Caller};

/// Maximum number of events in one batch.
const BATCH: u32 = 100;
/// Maximum size of one batch, in bytes, unless a single event is larger.
pub const MAX_BATCH_BYTES: usize = 128 * 1024;

/// Position of a caller in the stream of events.
pub struct Following {
    caller: Arc<Caller>,
    query: Query,
    rank: i64,
}

/// Starts after an event, or at the oldest one.
///
/// # Errors
/// Returns 400 when the caller may see no such event, because its position is then unknown.
pub async fn follow(
    app: &App,
    caller: Arc<Caller>,
    query: Query,
    after: Option<EventId>,
) -> Result<Following, Problem> {
    let rank = match after {
        None => 0,
        Some(id) => app
            .store
            .event_rank(id, &caller.viewer())
            .await
            .map_err(failed)?
            .ok_or(EventRefusal::UnknownLastEvent)?,
    };
    Ok(Following { caller, query, rank })
}

impl Following {
    /// Reads the next batch. Returns the matching events, and true when the batch had any event.
    ///
    /// # Errors
    /// Fails when the store fails.
    pub async fn more(&mut self, app: &App) -> Result<(Vec<StoredEvent>, bool), Problem> {
        let events = app
            .store
            .events_after(self.rank, self.caller.viewer(), BATCH, MAX_BATCH_BYTES)
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
