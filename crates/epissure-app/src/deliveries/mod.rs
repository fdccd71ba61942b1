//! The delivery of events to those whom they concern, and their reception.
//!
//! An event is queued in the transaction that writes it, and leaves the queue when its target has answered 2xx: it arrives at
//! least once, those of a ticket in their order. A target that fails holds up nobody but itself.

pub mod courier;
mod look;
mod pass;
mod receive;
pub mod schedule;
mod signature;
pub mod targets;

pub use epissure_store::{
    Attempt, Delivery, DeliveryFilter, DeliveryState, Pair, Received, Resend, StoredTarget, TargetState,
};
pub use look::{attempts, counts, list, resend};
pub use pass::{LEASE, Passed, pass};
pub use receive::{Incoming, accept, may_send, receive, received};
pub use signature::{Signed, Unsigned};
