//! Notes under tickets: added, listed, counted.

mod add;
mod list;

pub use crate::subresources::Listed;
pub use add::{AddNote, add};
pub use list::{count, list};
