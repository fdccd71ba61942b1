//! The acknowledged tickets, and their comparison with the database.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::process::done;

/// Responses received by all writers.
pub(super) struct Ledger(Mutex<Acknowledged>);

struct Acknowledged {
    /// Identifiers of tickets, by the names that their writers gave them.
    acknowledged: HashMap<String, String>,
    last: Instant,
    longest: Duration,
    unavailable: u64,
    unanswered: u64,
    wrong: Vec<String>,
}

/// Counts at an instant, or since the start of a measurement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    /// Total number of acknowledged tickets.
    pub(super) acknowledged: usize,
    /// Number of responses that asked for a retry.
    pub(super) unavailable: u64,
    /// Number of requests without a response.
    pub(super) unanswered: u64,
    /// Longest time without an acknowledgement.
    pub(super) gap: Duration,
}

/// Differences between the acknowledged tickets and the database.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Compared {
    /// Number of acknowledged tickets that are missing.
    pub(super) lost: usize,
    /// Number of tickets inserted more than once.
    pub(super) twice: usize,
    /// Number of tickets without exactly one audit row.
    pub(super) untold: usize,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Acknowledged {
            acknowledged: HashMap::new(),
            last: Instant::now(),
            longest: Duration::ZERO,
            unavailable: 0,
            unanswered: 0,
            wrong: Vec::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Acknowledged> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the acknowledgement of a ticket. A repeated one must have the same identifier.
    pub(super) fn acknowledge(&self, name: &str, id: String) {
        let mut acknowledged = self.lock();
        let now = Instant::now();
        acknowledged.longest = acknowledged.longest.max(now - acknowledged.last);
        acknowledged.last = now;
        if let Some(other) = acknowledged.acknowledged.insert(name.to_owned(), id.clone())
            && other != id
        {
            acknowledged.wrong.push(format!("{name} was acknowledged as {other} and as {id}"));
        }
    }

    pub(super) fn unavailable(&self) {
        self.lock().unavailable += 1;
    }

    pub(super) fn unanswered(&self) {
        self.lock().unanswered += 1;
    }

    /// Records an invalid response.
    pub(super) fn wrong(&self, what: String) {
        self.lock().wrong.push(what);
    }

    pub(super) fn take_wrong(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().wrong)
    }

    pub(super) fn acknowledged(&self) -> usize {
        self.lock().acknowledged.len()
    }

    /// Starts a new measurement.
    pub(super) fn begin(&self) {
        let mut acknowledged = self.lock();
        (acknowledged.unavailable, acknowledged.unanswered, acknowledged.longest) = (0, 0, Duration::ZERO);
    }

    /// Returns the counts since `begin`.
    pub(super) fn tally(&self) -> Tally {
        let acknowledged = self.lock();
        Tally {
            acknowledged: acknowledged.acknowledged.len(),
            unavailable: acknowledged.unavailable,
            unanswered: acknowledged.unanswered,
            gap: acknowledged.longest,
        }
    }

    /// Compares with the content of the database. Reads it with PostgreSQL's own client,
    /// independent of the code under test.
    pub(super) fn compare(&self, psql: &Path, url: &str) -> Result<Compared> {
        // First: tickets acknowledged from now on may be inserted after the database was read.
        let acknowledged = self.lock().acknowledged.clone();
        let sql = "SELECT external_id, id, coalesce(rows, 0) FROM ticket LEFT JOIN
                   (SELECT subject, count(*) AS rows FROM audit GROUP BY subject) AS audited ON subject = id";
        let rows = done(Command::new(psql).args(["-X", "-A", "-t", "-c", sql, url]))?;
        Ok(compared(&acknowledged, &rows))
    }
}

fn compared(acknowledged: &HashMap<String, String>, rows: &str) -> Compared {
    let mut there: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut untold = 0;
    for row in rows.lines() {
        let cells: Vec<&str> = row.split('|').collect();
        let [name, id, acknowledged] = cells[..] else { continue };
        there.entry(name).or_default().push(id);
        untold += usize::from(acknowledged != "1");
    }
    let is_lost = |(name, id): &(&String, &String)| {
        there.get(name.as_str()).is_none_or(|ids| !ids.contains(&id.as_str()))
    };
    Compared {
        lost: acknowledged.iter().filter(is_lost).count(),
        twice: there.values().map(|ids| ids.len() - 1).sum(),
        untold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_twice_or_untold_is_seen() {
        let acknowledged =
            [("a", "1"), ("b", "2"), ("c", "3")].map(|(name, id)| (name.to_owned(), id.to_owned()));
        let acknowledged = HashMap::from(acknowledged);
        let rows = "a|1|1\nb|4|1\nb|2|1\nd|5|0\n";
        let Compared { lost, twice, untold } = compared(&acknowledged, rows);
        assert_eq!((lost, twice, untold), (1, 1, 1));
        let Compared { lost, twice, untold } = compared(&acknowledged, "a|1|1\nb|2|1\nc|9|1\n");
        assert_eq!(
            (lost, twice, untold),
            (1, 0, 0),
            "another ticket of that name is not the one acknowledged"
        );
    }
}
