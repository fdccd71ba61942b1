//! Notes under tickets: added, listed, counted.

mod add;
mod list;

pub use add::{AddNote, add};
pub use list::{Listed, count, list};
