//! The best of several runs of one load, with its costs.

use anyhow::Result;

use super::postgres::Postgres;
use super::subject::Subject;
use super::wire::{Load, Outcome, drive};

/// Best results of the runs so far.
pub(super) struct Best<'a> {
    subject: &'a Subject,
    postgres: Option<&'a Postgres>,
    outcome: Option<Outcome>,
    /// Processor seconds per request, of the server and of its PostgreSQL: the minimum of all runs.
    costs: [f64; 2],
}

impl<'a> Best<'a> {
    pub(super) fn of(subject: &'a Subject, postgres: Option<&'a Postgres>) -> Self {
        Self { subject, postgres, outcome: None, costs: [f64::MAX; 2] }
    }

    /// Measures once more. Returns the responses per second.
    pub(super) fn turn(&mut self, load: &Load) -> Result<f64> {
        let before = self.processor()?;
        let outcome = drive(load)?;
        let (after, answers) = (self.processor()?, outcome.count().max(1) as f64);
        for ((cost, before), after) in self.costs.iter_mut().zip(before).zip(after) {
            *cost = cost.min((after - before) / answers);
        }
        let rate = outcome.rate;
        if self.outcome.as_ref().is_none_or(|best| best.rate < rate) {
            self.outcome = Some(outcome);
        }
        Ok(rate)
    }

    fn processor(&self) -> Result<[f64; 2]> {
        let of_postgres = self.postgres.and_then(Postgres::processor).unwrap_or_default();
        Ok([self.subject.processor()?, of_postgres])
    }

    /// Formats the latencies and the costs.
    pub(super) fn shown(&self) -> String {
        let [server, postgres] = self.costs.map(|seconds| seconds * 1e6);
        let latencies = self.outcome.as_ref().map_or(String::new(), latencies);
        let more = if postgres > 0.0 { format!(", PostgreSQL's {postgres:.1} µs") } else { String::new() };
        format!("{latencies}; processor {server:.1} µs a request{more}")
    }
}

pub(super) fn latencies(outcome: &Outcome) -> String {
    format!("p50 {:.2} ms, p99 {:.2} ms", outcome.quantile(0.5), outcome.quantile(0.99))
}
