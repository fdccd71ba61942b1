//! Reports of figures, as Markdown and as JSON.

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;

/// A measured figure.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figure {
    /// Number of tickets in the database.
    pub(super) tickets: u64,
    /// Description of the work.
    pub(super) work: String,
    /// Measured value, in `unit`.
    pub(super) measured: f64,
    /// The unit of `measured` and `ceiling`.
    pub(super) unit: &'static str,
    /// Value to compare with, measured in the same run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ceiling: Option<f64>,
    /// `measured / ceiling`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ratio: Option<f64>,
    /// Description of the target.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) target: String,
    /// True when the target is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reached: Option<bool>,
    /// Further details of the measurement.
    pub(super) more: String,
}

impl Figure {
    /// Makes a figure without a target.
    pub(super) fn new(tickets: u64, work: &str, measured: f64, unit: &'static str) -> Self {
        Self {
            tickets,
            work: work.to_owned(),
            measured,
            unit,
            ceiling: None,
            ratio: None,
            target: String::new(),
            reached: None,
            more: String::new(),
        }
    }

    /// Compares with a ceiling, of which the figure must reach a share.
    pub(super) fn against(mut self, ceiling: f64, at_least: Option<f64>) -> Self {
        let ratio = self.measured / ceiling;
        self.ceiling = Some(ceiling);
        self.ratio = Some(ratio);
        if let Some(at_least) = at_least {
            self.target = format!("≥ {:.0} %", at_least * 100.0);
            self.reached = Some(ratio >= at_least);
        }
        self
    }

    /// Sets a maximum.
    pub(super) fn at_most(mut self, most: f64) -> Self {
        self.target = format!("≤ {most}");
        self.reached = Some(self.measured <= most);
        self
    }

    /// Sets a minimum.
    pub(super) fn at_least(mut self, least: f64) -> Self {
        self.target = format!("≥ {least}");
        self.reached = Some(self.measured >= least);
        self
    }

    pub(super) fn more(mut self, more: String) -> Self {
        self.more = more;
        self
    }

    /// Formats the ratio: a percentage of the ceiling for a rate, a multiple for a duration.
    fn ratio_shown(&self) -> String {
        match (self.ratio, self.unit) {
            (None, _) => String::new(),
            (Some(ratio), "ms") => format!("{} ×", round(ratio)),
            (Some(ratio), _) => format!("{:.0} %", ratio * 100.0),
        }
    }
}

/// Prints the figures as a Markdown table, followed by the targets that are not reached.
pub(super) fn print(figures: &[Figure]) {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(["tickets", "work", "measured", "ceiling", "ratio", "target", "reached", "more"]);
    for column in [0, 2, 3, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for figure in figures {
        let of_unit = |value: f64| format!("{} {}", round(value), figure.unit);
        table.add_row([
            figure.tickets.to_string(),
            figure.work.clone(),
            of_unit(figure.measured),
            figure.ceiling.map_or(String::new(), of_unit),
            figure.ratio_shown(),
            figure.target.clone(),
            figure.reached.map_or("", |reached| if reached { "yes" } else { "NO" }).to_owned(),
            figure.more.clone(),
        ]);
    }
    println!("\n{table}");
    let missed: Vec<String> = figures
        .iter()
        .filter(|figure| figure.reached == Some(false))
        .map(|figure| format!("{} ({} tickets)", figure.work, figure.tickets))
        .collect();
    let reached = figures.iter().filter(|figure| figure.reached == Some(true)).count();
    println!("\n{reached} targets reached, {} not", missed.len());
    for line in missed {
        println!("  not reached: {line}");
    }
}

/// Formats with three significant digits, or as an integer.
pub(super) fn round(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_part_of_its_ceiling_and_a_time_so_many_times_another() {
        let rate = Figure::new(1, "GET", 300.0, "/s").against(1000.0, Some(0.5));
        assert_eq!((rate.ratio_shown().as_str(), rate.reached), ("30 %", Some(false)));
        let time = Figure::new(1, "HEAD", 0.9, "ms").against(0.6, None).at_most(10.0);
        assert_eq!((time.ratio_shown().as_str(), time.reached), ("1.50 ×", Some(true)));
        assert_eq!(Figure::new(1, "memory", 7.0, "MB").ratio_shown(), "");
    }
}
