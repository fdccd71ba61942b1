//! Events: lists, counts, and the live stream.

mod follow;
mod list;

pub use epissure_store::StoredEvent;
pub use follow::{Following, MAX_BATCH_BYTES, follow};
pub use list::{Listed, count, list};
