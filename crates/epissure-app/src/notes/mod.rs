//! Notes under tickets: added, listed, counted.

mod add;
mod list;

pub use crate::few::Listed;
pub use add::{AddNote, add};
pub use list::{count, list};
