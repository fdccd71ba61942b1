//! Addresses as text: folding, street types, numbers and suffixes.

mod fold;
mod name;
mod number;
mod types;

pub use fold::plain_upper;
pub use name::{NameMatch, StreetName};
pub use number::{NumberProblem, StreetNumber, Suffix};
