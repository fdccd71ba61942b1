//! Seconds spent in each status, always derived from the history, never read from input.
//!
//! Source: Interop contract `AnomalieAdresseBase` (meaning of each member). The regulatory limits
//! are those of ARCEP decision 2020-1432 §2.3.1, counted from IN_PROGRESS (Orange page).

use jiff::Timestamp;

use crate::codes::{Complexity, Status};

/// One of the durations of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clock {
    /// Time in ACKNOWLEDGED.
    Acknowledged,
    /// Time in IN_PROGRESS.
    InProgress,
    /// Time in PENDING.
    Pending,
    /// Time in ACKNOWLEDGED and IN_PROGRESS together, which the regulator's KPIs count.
    Total,
    /// Time in RESOLVED before each refusal.
    ResolvedToAcknowledged,
    /// Time in RESOLVED before closing.
    ResolvedToClosed,
}

impl Clock {
    /// Every clock, in the order of the contract.
    pub const ALL: [Self; 6] = [
        Self::Acknowledged,
        Self::InProgress,
        Self::Pending,
        Self::Total,
        Self::ResolvedToAcknowledged,
        Self::ResolvedToClosed,
    ];

    /// Returns the name of the member that shows it.
    #[must_use]
    pub const fn member(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledgedDuration",
            Self::InProgress => "totalInProgressDuration",
            Self::Pending => "totalPendingDuration",
            Self::Total => "totalDuration",
            Self::ResolvedToAcknowledged => "resolvedToAcknowledgedDuration",
            Self::ResolvedToClosed => "resolvedToClosedDuration",
        }
    }

    /// Returns true when the clock counts an interval spent in `status` and left for `next`
    /// (`None`: not left).
    const fn counts(self, status: Status, next: Option<Status>) -> bool {
        match self {
            Self::Acknowledged => matches!(status, Status::Acknowledged),
            Self::InProgress => matches!(status, Status::InProgress),
            Self::Pending => matches!(status, Status::Pending),
            Self::Total => matches!(status, Status::Acknowledged | Status::InProgress),
            // The outcome of RESOLVED is unknown until it ends: neither clock runs.
            Self::ResolvedToAcknowledged => {
                matches!((status, next), (Status::Resolved, Some(Status::Acknowledged)))
            }
            Self::ResolvedToClosed => matches!((status, next), (Status::Resolved, Some(Status::Closed))),
        }
    }
}

/// State of a clock, from which its value at any later instant is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Milliseconds counted in completed intervals.
    pub done: i64,
    /// Start of the running interval, if any.
    pub since: Option<Timestamp>,
}

impl Reading {
    /// Returns the value at an instant, in whole seconds.
    #[must_use]
    pub fn seconds_at(self, now: Timestamp) -> i64 {
        let running = self.since.map_or(0, |since| now.as_millisecond() - since.as_millisecond());
        (self.done + running.max(0)).div_euclid(1000)
    }
}

/// Step of a history: the status reached and its time.
pub type Step = (Status, Timestamp);

/// Computes a clock from a history, oldest step first.
#[must_use]
pub fn read(clock: Clock, history: &[Step]) -> Reading {
    let mut reading = Reading::default();
    for (index, &(status, since)) in history.iter().enumerate() {
        match history.get(index + 1) {
            Some(&(next, until)) if clock.counts(status, Some(next)) => {
                reading.done += until.as_millisecond() - since.as_millisecond();
            }
            Some(_) => {}
            None => reading.since = clock.counts(status, None).then_some(since),
        }
    }
    reading
}

/// Returns the regulatory limit of a case, in seconds from IN_PROGRESS: one week, three weeks, two
/// months of four weeks.
#[must_use]
pub const fn regulatory_limit(complexity: Complexity) -> i64 {
    match complexity {
        Complexity::Simple => 604_800,
        Complexity::Complex => 1_814_400,
        Complexity::Masse => 4_838_400,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(steps: &[(Status, i64)], now: i64) -> [i64; 6] {
        let at = |second| Timestamp::from_second(second).unwrap();
        let history: Vec<Step> = steps.iter().map(|&(status, second)| (status, at(second))).collect();
        Clock::ALL.map(|clock| read(clock, &history).seconds_at(at(now)))
    }

    #[test]
    fn each_status_feeds_its_own_clock_and_open_ones_run_to_now() {
        use Status::{Acknowledged, Closed, InProgress, Pending, Resolved};
        let life = [
            (Acknowledged, 0),
            (InProgress, 10),
            (Pending, 30),
            (Acknowledged, 60),
            (InProgress, 100),
            (Resolved, 150),
            (Acknowledged, 210),
            (InProgress, 280),
            (Resolved, 360),
            (Closed, 450),
        ];
        //                                   ack  prog pend total refused accepted
        assert_eq!(seconds(&life[..1], 7), [7, 0, 0, 7, 0, 0]);
        assert_eq!(seconds(&life[..3], 40), [10, 20, 10, 30, 0, 0]);
        assert_eq!(seconds(&life[..6], 200), [50, 70, 30, 120, 0, 0]);
        assert_eq!(seconds(&life[..7], 215), [55, 70, 30, 125, 60, 0]);
        assert_eq!(seconds(&life, 1_000_000), [120, 150, 30, 270, 60, 90]);
    }

    #[test]
    fn parts_of_a_second_are_added_before_they_are_cut() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let history =
            [(Status::Acknowledged, at(0)), (Status::InProgress, at(600)), (Status::Resolved, at(1_200))];
        assert_eq!(read(Clock::Total, &history).seconds_at(at(9_000)), 1);
        assert_eq!(read(Clock::InProgress, &history).seconds_at(at(9_000)), 0);
    }
}
