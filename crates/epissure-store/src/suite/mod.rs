//! The test suite that every backend passes. It needs a new store, and panics at the first failure.

mod attachments;
mod audit;
pub mod contract;
pub mod copying;
mod delivering;
pub mod differential;
mod follow_up;
mod inbox;
pub mod party_contract;
pub mod party_differential;
mod party_imports;
pub mod party_samples;
pub mod samples;
