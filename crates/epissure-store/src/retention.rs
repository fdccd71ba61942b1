//! Deletion of old events.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::StoreError;

/// Numbers of deleted rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cut {
    /// Events deleted, with their deliveries and attempts.
    pub events: u64,
    /// Received events deleted.
    pub received: u64,
}

/// Deletion by age.
#[async_trait]
pub trait Retention: Send + Sync + 'static {
    /// Deletes the oldest events before an instant, at most `limit` of them, with their deliveries
    /// and attempts. Stops before the first event with a pending delivery. Also deletes at most
    /// `limit` received events.
    async fn cut_events(&self, before: Timestamp, limit: u32) -> Result<Cut, StoreError>;
}
