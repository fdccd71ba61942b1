//! What was acknowledged, and whether it is there.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::process::done;

/// What writers were told, all of them together.
pub(super) struct Ledger(Mutex<Told>);

struct Told {
    /// Identifiers of tickets, by what their writers call them.
    acknowledged: HashMap<String, String>,
    last: Instant,
    longest: Duration,
    unavailable: u64,
    unanswered: u64,
    wrong: Vec<String>,
}

/// What is so at an instant, or since the last one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    /// All that was acknowledged.
    pub(super) acknowledged: usize,
    /// Answers that told to try again.
    pub(super) unavailable: u64,
    /// Requests that nobody answered.
    pub(super) unanswered: u64,
    /// The longest time without an acknowledgement.
    pub(super) gap: Duration,
}

/// What the database lacks, or has too much of.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Compared {
    /// Acknowledged, and not there.
    pub(super) lost: usize,
    /// There more than once.
    pub(super) twice: usize,
    /// There without the audit of it, or with more than one.
    pub(super) untold: usize,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Told {
            acknowledged: HashMap::new(),
            last: Instant::now(),
            longest: Duration::ZERO,
            unavailable: 0,
            unanswered: 0,
            wrong: Vec::new(),
        }))
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A ticket was opened; the same one, if it had been before.
    pub(super) fn acknowledge(&self, name: &str, id: String) {
        let mut told = self.told();
        let now = Instant::now();
        told.longest = told.longest.max(now - told.last);
        told.last = now;
        if let Some(other) = told.acknowledged.insert(name.to_owned(), id.clone())
            && other != id
        {
            told.wrong.push(format!("{name} was acknowledged as {other} and as {id}"));
        }
    }

    pub(super) fn unavailable(&self) {
        self.told().unavailable += 1;
    }

    pub(super) fn unanswered(&self) {
        self.told().unanswered += 1;
    }

    /// An answer that nobody should have got.
    pub(super) fn wrong(&self, what: String) {
        self.told().wrong.push(what);
    }

    pub(super) fn take_wrong(&self) -> Vec<String> {
        std::mem::take(&mut self.told().wrong)
    }

    pub(super) fn acknowledged(&self) -> usize {
        self.told().acknowledged.len()
    }

    /// Begins to measure anew.
    pub(super) fn begin(&self) {
        let mut told = self.told();
        (told.unavailable, told.unanswered, told.longest) = (0, 0, Duration::ZERO);
    }

    /// What was told since `begin`.
    pub(super) fn tally(&self) -> Tally {
        let told = self.told();
        Tally {
            acknowledged: told.acknowledged.len(),
            unavailable: told.unavailable,
            unanswered: told.unanswered,
            gap: told.longest,
        }
    }

    /// Compares with what the database has. It is asked by PostgreSQL's own program: not by what is tried here.
    pub(super) fn compare(&self, psql: &Path, url: &str) -> Result<Compared> {
        // First: what is acknowledged from now on may come after the database was read.
        let acknowledged = self.told().acknowledged.clone();
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
        let [name, id, told] = cells[..] else { continue };
        there.entry(name).or_default().push(id);
        untold += usize::from(told != "1");
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
