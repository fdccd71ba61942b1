//! In-process notifications of stored events, for the delivery workers and the event streams.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use epissure_protocol::names::OperatorCode;
use tokio::sync::watch;

/// Notification channels for new events. A notification carries no data: each receiver then reads
/// the store.
#[derive(Debug, Default)]
pub(crate) struct Announcements {
    all: watch::Sender<()>,
    /// One channel per operator that has followed events, so at most one per operator.
    by_operator: Mutex<HashMap<OperatorCode, watch::Sender<()>>>,
}

impl Announcements {
    /// Notifies the workers, and the streams of the operators that may see the event.
    pub(crate) fn announce(&self, operators: &[&OperatorCode]) {
        self.all.send_replace(());
        let by_operator = self.by_operator.lock().unwrap_or_else(PoisonError::into_inner);
        for operator in operators {
            if let Some(channel) = by_operator.get(*operator) {
                channel.send_replace(());
            }
        }
    }

    /// Notifies every worker and every stream, for events whose operators are unknown here.
    pub(crate) fn announce_to_all(&self) {
        self.all.send_replace(());
        for channel in self.by_operator.lock().unwrap_or_else(PoisonError::into_inner).values() {
            channel.send_replace(());
        }
    }

    /// Subscribes to the notifications of all events.
    pub(crate) fn follow_all(&self) -> watch::Receiver<()> {
        self.all.subscribe()
    }

    /// Subscribes to the notifications of the events that the operator may see.
    pub(crate) fn follow(&self, operator: &OperatorCode) -> watch::Receiver<()> {
        let mut by_operator = self.by_operator.lock().unwrap_or_else(PoisonError::into_inner);
        by_operator.entry(operator.clone()).or_default().subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_operators_of_an_event_are_woken() {
        let code = |text| OperatorCode::parse(text).expect("a code");
        let (oi, oc, other) = (code("FTEL"), code("SFRA"), code("VENU"));
        let announcements = Announcements::default();
        let channels = [&oi, &oc, &other].map(|operator| announcements.follow(operator));
        let woken = || channels.clone().map(|channel| channel.has_changed().expect("open"));
        announcements.announce(&[&oi, &oc]);
        assert_eq!(woken(), [true, true, false]);
        announcements.announce_to_all();
        assert_eq!(woken(), [true, true, true]);
    }
}
