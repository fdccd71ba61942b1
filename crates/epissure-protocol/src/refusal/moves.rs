//! Changes of status that the life cycle forbids, and edits that the status forbids.

use std::fmt;

use super::refusals;
use crate::codes::{Actor, Complexity, Reason, Status};

refusals! {
    /// A move that the life cycle does not permit.
    ///
    /// Sources: the Orange page, "Lifecycle of Tickets" and "Ticket States"; the Interop contract's
    /// state diagram.
    MoveRefusal {
        /// REJECTED, CLOSED and CANCELED are final: nothing in the ticket may change, notes and
        /// attachments included.
        Final {
            /// The status of the ticket.
            status: Status,
        } = AccessDenied, "move-final";
        /// No row of the table leads there for this actor; others lead elsewhere.
        NotOpen {
            /// Actor of the request.
            actor: Actor,
            /// The status of the ticket.
            from: Status,
            /// The status asked for.
            to: Status,
            /// The moves that the table has for this actor.
            open: Vec<OpenMove>,
        } = AccessDenied, "move-not-open";
        /// No row of the table leaves this status for this actor.
        NoneOpen {
            /// Actor of the request.
            actor: Actor,
            /// The status of the ticket.
            from: Status,
            /// The status asked for.
            to: Status,
        } = AccessDenied, "move-none-open";
        /// The move takes no reason, and one was given.
        ReasonNotTaken {
            /// Actor of the request.
            actor: Actor,
            /// The status of the ticket.
            from: Status,
            /// The status asked for.
            to: Status,
            /// The reason given.
            reason: Reason,
        } = AccessDenied, "move-reason-not-taken";
        /// The reason is not one of the move's.
        ReasonNotOpen {
            /// Actor of the request.
            actor: Actor,
            /// The status of the ticket.
            from: Status,
            /// The status asked for.
            to: Status,
            /// The reason given.
            reason: Reason,
            /// The reasons of the move.
            reasons: Vec<Reason>,
        } = AccessDenied, "move-reason-not-open";
        /// The Interop contract's diagram: REJECTED is reached from a ticket that was never
        /// IN_PROGRESS only.
        Qualified = AccessDenied, "move-qualified";
        /// The Orange page: once qualified, the complexity changes from SIMPLE to COMPLEX, once.
        Complexity {
            /// The complexity of the ticket.
            present: Complexity,
            /// The complexity asked for.
            wanted: Complexity,
        } = AccessDenied, "move-complexity";
        /// Qualification changes through a move to IN_PROGRESS only.
        SilentQualification = AccessDenied, "move-silent-qualification";
        /// `issues` and `building` belong to the OC while the ticket is ACKNOWLEDGED.
        ContentFrozen {
            /// The status of the ticket.
            status: Status,
        } = AccessDenied, "move-content-frozen";
        /// A move that needs a reason came without one.
        ReasonMissing {
            /// The reasons of the move.
            reasons: Vec<Reason>,
        } = MissingBodyField, "move-reason-missing";
        /// A member that the row requires is missing.
        MemberMissing {
            /// The member, dotted.
            member: String,
        } = MissingBodyField, "move-member-missing";
    }
}

/// A move that the table has: the status reached, and its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenMove {
    /// The status reached.
    pub to: Status,
    /// The reason to give; `None` when the move takes none.
    pub reason: Option<Reason>,
}

impl fmt::Display for OpenMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            Some(reason) => write!(f, "{} ({reason})", self.to),
            None => self.to.fmt(f),
        }
    }
}
