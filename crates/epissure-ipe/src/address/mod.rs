//! Addresses as text: folding, street types, numbers and suffixes.

mod fold;
mod number;

pub use fold::plain_upper;
pub use number::{NumberProblem, StreetNumber, Suffix};
