//! Organizations: list, count and read. The API does not change them (the Party page).

mod list;
mod read;

pub use list::{count, list};
pub use read::read;
