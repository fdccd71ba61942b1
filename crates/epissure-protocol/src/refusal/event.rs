//! Events that an OI sends, and streams of events.

use super::refusals;

refusals! {
    /// An event that is refused, or a stream.
    EventRefusal {
        /// A header of Standard Webhooks 1.0 is absent or malformed.
        Unsigned = AccessDenied, "event-unsigned";
        /// The timestamp is too far from now (Standard Webhooks 1.0).
        Stale = AccessDenied, "event-stale";
        /// No signature is made with a secret in force (Standard Webhooks 1.0).
        WronglySigned = AccessDenied, "event-wrongly-signed";
        /// `Last-Event-ID` is no identifier of an event.
        LastEventId = InvalidHeader, "event-last-event-id";
        /// `Last-Event-ID` names no event of the caller.
        UnknownLastEvent = InvalidHeader, "event-unknown-last-event";
    }
}
