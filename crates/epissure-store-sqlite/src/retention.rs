//! Deletion by age.

use async_trait::async_trait;
use epissure_store::{Cut, Retention, StoreError};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::SqliteStore;

#[async_trait]
impl Retention for SqliteStore {
    async fn cut_events(&self, before: Timestamp, limit: u32) -> Result<Cut, StoreError> {
        let before = before.as_millisecond();
        self.writer
            .run(move |connection| {
                let end = end_of_old_events(connection, before, limit)?;
                connection.execute("DELETE FROM delivery WHERE event < ?", [end])?;
                let events = connection.execute("DELETE FROM event WHERE seq < ?", [end])?;
                let received = connection.execute(
                    "DELETE FROM received WHERE seq IN (SELECT seq FROM received ORDER BY seq LIMIT ?) AND at < ?",
                    params![limit, before],
                )?;
                Ok(Cut { events: events as u64, received: received as u64 })
            })
            .await
    }
}

/// Returns the number before which every event is old and delivered, among the first `limit`
/// events.
fn end_of_old_events(connection: &Connection, before: i64, limit: u32) -> rusqlite::Result<i64> {
    let mut oldest = connection.prepare_cached(
        "SELECT seq, time < ?1 AND NOT EXISTS
             (SELECT 1 FROM delivery WHERE delivery.event = event.seq AND state = 'QUEUED')
         FROM event ORDER BY seq LIMIT ?2",
    )?;
    let mut rows = oldest.query(params![before, limit])?;
    let mut end = 0;
    while let Some(row) = rows.next()? {
        if !row.get::<_, bool>(1)? {
            break;
        }
        end = row.get::<_, i64>(0)? + 1;
    }
    Ok(end)
}
