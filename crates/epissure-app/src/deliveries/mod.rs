//! Delivery of events to the operators concerned, and reception of partners' events.
//!
//! An event is queued in the transaction that writes it, and leaves the queue when its target
//! answers 2xx. Delivery is at least once, and the events of a ticket are delivered in order. A
//! failing target delays only its own events.

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
pub use signature::Signed;
