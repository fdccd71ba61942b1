//! Deletion by age.

use async_trait::async_trait;
use epissure_store::{Cut, Retention, StoreError};
use jiff::Timestamp;

use crate::PostgresStore;

#[async_trait]
impl Retention for PostgresStore {
    async fn cut_events(&self, before: Timestamp, limit: u32) -> Result<Cut, StoreError> {
        let (before, limit) = (before.as_millisecond(), i64::from(limit));
        // Deliveries are deleted first, in a separate statement: a single one would not see its own
        // deletions.
        let old = "WITH oldest AS (SELECT seq, time FROM event ORDER BY seq LIMIT $2),
                        kept AS (SELECT min(seq) AS first FROM oldest WHERE time >= $1 OR EXISTS
                            (SELECT 1 FROM delivery WHERE delivery.event = oldest.seq AND state = 'QUEUED')),
                        old AS (SELECT seq FROM oldest, kept WHERE first IS NULL OR seq < first)";
        let deliveries = format!("{old} DELETE FROM delivery WHERE event IN (SELECT seq FROM old)");
        self.execute(&deliveries, &[&before, &limit]).await?;
        let events = format!("{old} DELETE FROM event WHERE seq IN (SELECT seq FROM old)");
        let events = self.execute(&events, &[&before, &limit]).await?;
        let received = "DELETE FROM received
                        WHERE seq IN (SELECT seq FROM received ORDER BY seq LIMIT $2) AND at < $1";
        let received = self.execute(received, &[&before, &limit]).await?;
        Ok(Cut { events, received })
    }
}
