//! Announces within the process that events were stored, to the workers and streams that wait for them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use epissure_protocol::names::OperatorCode;
use tokio::sync::watch;

/// The channels on which new events are announced. An announcement says that there may be more, and nothing else.
#[derive(Debug, Default)]
pub(crate) struct Announcements {
    all: watch::Sender<()>,
    /// One for each operator that has followed events; there are no more of them than operators.
    by_operator: Mutex<HashMap<OperatorCode, watch::Sender<()>>>,
}

impl Announcements {
    /// Wakes the workers, and the streams of the operators that may see the event.
    pub(crate) fn announce(&self, operators: &[&OperatorCode]) {
        self.all.send_replace(());
        let by_operator = self.by_operator.lock().unwrap_or_else(PoisonError::into_inner);
        for operator in operators {
            if let Some(channel) = by_operator.get(*operator) {
                channel.send_replace(());
            }
        }
    }

    /// Wakes every worker and every stream: whose event it is, is not known.
    pub(crate) fn announce_to_all(&self) {
        self.all.send_replace(());
        for channel in self.by_operator.lock().unwrap_or_else(PoisonError::into_inner).values() {
            channel.send_replace(());
        }
    }

    /// Changes at each announcement.
    pub(crate) fn follow_all(&self) -> watch::Receiver<()> {
        self.all.subscribe()
    }

    /// Changes at each announcement of an event that the operator may see.
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
