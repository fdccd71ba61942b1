//! Report of the measurements, as text.

use anyhow::Result;
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};

use super::ledger::{Compared, Tally};

/// One kill, with its consequences.
pub(super) struct Round {
    /// Killed process.
    pub(super) what: String,
    /// Tickets per second before the kill.
    pub(super) rate: f64,
    /// Counts since the kill.
    pub(super) tally: Tally,
    pub(super) compared: Compared,
}

/// Results of all rounds.
pub(super) struct Report {
    table: Table,
    rounds: Vec<Round>,
}

impl Report {
    pub(super) fn new(what: &str) -> Self {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN).set_header([
            what,
            "tickets/s before",
            "longest gap",
            "503",
            "unanswered",
            "acknowledged",
            "lost",
            "twice",
            "without audit",
        ]);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        Self { table, rounds: Vec::new() }
    }

    /// Adds a round and prints it at once: the whole run is long.
    pub(super) fn add(&mut self, round: Round) {
        let Round { what, rate, tally, compared } = &round;
        println!(
            "{what}: {:.1} s without an acknowledgement, {} lost, {} twice",
            tally.gap.as_secs_f64(),
            compared.lost,
            compared.twice
        );
        self.table.add_row([
            what.clone(),
            format!("{rate:.0}"),
            format!("{:.2} s", tally.gap.as_secs_f64()),
            tally.unavailable.to_string(),
            tally.unanswered.to_string(),
            tally.acknowledged.to_string(),
            compared.lost.to_string(),
            compared.twice.to_string(),
            compared.untold.to_string(),
        ]);
        self.rounds.push(round);
    }

    /// Prints the report. Returns the problems found.
    pub(super) fn finish(
        self,
        acknowledged: usize,
        last: Compared,
        mut wrong: Vec<String>,
    ) -> Result<Vec<String>> {
        println!("\n{}", self.table);
        let gap = self.rounds.iter().map(|round| round.tally.gap).max().unwrap_or_default();
        let all = || self.rounds.iter().map(|round| round.compared).chain([last]);
        let (lost, twice, untold) = (
            all().map(|compared| compared.lost).sum::<usize>(),
            all().map(|compared| compared.twice).sum::<usize>(),
            all().map(|compared| compared.untold).sum::<usize>(),
        );
        println!(
            "\n{} deaths, {acknowledged} tickets acknowledged: {lost} lost, {twice} twice, {untold} without their audit; \
             the longest gap was {:.2} s",
            self.rounds.len(),
            gap.as_secs_f64()
        );
        for (count, what) in [(lost, "lost"), (twice, "there twice"), (untold, "without their audit")] {
            if count > 0 {
                wrong.push(format!("{count} tickets are {what}"));
            }
        }
        Ok(wrong)
    }
}
