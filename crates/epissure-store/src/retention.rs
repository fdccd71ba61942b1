//! What is deleted when it is old.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::StoreError;

/// How much was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cut {
    /// Events, with their deliveries and attempts.
    pub events: u64,
    /// Received events.
    pub received: u64,
}

/// Deletions by age.
#[async_trait]
pub trait Retention: Send + Sync + 'static {
    /// Deletes the oldest events before an instant, at most `limit` of them, with their deliveries and attempts; it
    /// ends before the first event that is still to be delivered. Deletes as many received events.
    async fn cut_events(&self, before: Timestamp, limit: u32) -> Result<Cut, StoreError>;
}
