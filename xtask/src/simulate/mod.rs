//! `cargo xtask simulate`: sizes and costs of more tickets than one machine was tested with,
//! extrapolated from measurements.
//!
//! The result is pure arithmetic on constants with their sources. It ignores disks slower than
//! memory, and old versions of updated rows.

mod constants;
mod model;

use anyhow::Result;
use clap::Args;
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};
use serde_json::json;

use constants::{COSTS, SIZES_FROM, TABLES};
use model::{Cost, Load, Size, Writing};

/// Reckon sizes and costs of more tickets than were measured
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Of how many tickets
    #[arg(long, default_value_t = 100_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    tickets: u64,
    /// Opened over how many months, each a partition; 46 are the 1,400 days of the benchmarks
    #[arg(long, default_value_t = 46, value_parser = clap::value_parser!(u64).range(1..=1200))]
    months: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let load = Load { tickets: options.tickets, months: options.months };
    let (sizes, costs, writing) = (load.sizes(), load.costs(), load.writing());
    if options.json {
        let constants = json!({"sizes": {"source": SIZES_FROM, "tables": TABLES}, "costs": COSTS});
        let all =
            json!({"load": load, "sizes": sizes, "costs": costs, "writing": writing, "constants": constants});
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    println!("{} tickets over {} months\n", load.tickets, load.months);
    println!("{}\n", of_sizes(&sizes));
    println!("{}\n", of_costs(&costs));
    println!("{}\n", of_writing(writing));
    println!("{}\n", of_rows());
    println!("{}", of_constants());
    Ok(())
}

/// Starts a Markdown table with this many numeric columns, after the first column.
fn table(header: &[&str], numbers: usize) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(header);
    for column in 1..=numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn of_sizes(sizes: &[Size]) -> Table {
    let mut table = table(&["name", "rows", "table", "indexes", "total", "one month"], 5);
    let total = |of: fn(&Size) -> f64| sizes.iter().map(of).sum::<f64>();
    let sum =
        (total(|size| size.table_bytes), total(|size| size.index_bytes), total(|size| size.month_bytes));
    for size in sizes {
        let Size { table_bytes, index_bytes, month_bytes, .. } = *size;
        let row = [count(size.rows), bytes(table_bytes), bytes(index_bytes)];
        let ends = [bytes(table_bytes + index_bytes), bytes(month_bytes)];
        table.add_row([size.table.to_owned()].into_iter().chain(row).chain(ends));
    }
    let all =
        ["total".to_owned(), String::new(), bytes(sum.0), bytes(sum.1), bytes(sum.0 + sum.1), bytes(sum.2)];
    table.add_row(all);
    table
}

fn of_costs(costs: &[Cost]) -> Table {
    let mut table = table(&["query", "one table", "by month", "partitions", "request", "over the limit"], 3);
    for cost in costs {
        table.add_row([
            cost.work.to_owned(),
            milliseconds(cost.one_table),
            milliseconds(cost.partitioned),
            cost.partitions.to_string(),
            cost.ask.to_owned(),
            if cost.refused { "422" } else { "" }.to_owned(),
        ]);
    }
    table
}

fn of_writing(writing: Writing) -> Table {
    let mut table = table(&["writes", "per second"], 1);
    table.add_row(["mean of openings and changes".to_owned(), format!("{:.1}", writing.mean)]);
    table.add_row(["maximum of one database".to_owned(), format!("{:.0}", writing.most)]);
    table.add_row(["maximum / mean".to_owned(), format!("{:.1}", writing.headroom)]);
    table
}

fn of_rows() -> Table {
    let mut table =
        table(&["rows of", "per ticket", "bytes per row", "in its indexes", "reason for the number"], 3);
    for from in TABLES {
        let indexes: f64 = from.indexes.iter().map(|index| index.row_bytes).sum();
        table.add_row([
            from.name.to_owned(),
            from.rows_per_ticket.to_string(),
            from.row_bytes.to_string(),
            format!("{indexes:.1}"),
            from.because.to_owned(),
        ]);
    }
    table
}

fn of_constants() -> Table {
    let mut table = table(&["constant", "value", "source"], 1);
    table.add_row(["bytes per row", "above", SIZES_FROM]);
    for constant in COSTS {
        let value = format!("{} {}", constant.value, constant.unit);
        table.add_row([constant.what, &value, constant.source]);
    }
    table
}

/// Formats bytes in kilobytes and larger units, with three digits.
fn bytes(bytes: f64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    let mut value = bytes / 1e3;
    let mut unit = 0;
    while value >= 1_000.0 && unit + 1 < UNITS.len() {
        value /= 1e3;
        unit += 1;
    }
    format!("{} {}", digits(value), UNITS[unit])
}

fn milliseconds(value: f64) -> String {
    if value < 1_000.0 { format!("{} ms", digits(value)) } else { format!("{} s", digits(value / 1e3)) }
}

/// Formats a count in millions, or as an integer.
fn count(value: f64) -> String {
    if value < 1e6 { format!("{value:.0}") } else { format!("{} M", digits(value / 1e6)) }
}

/// Formats with three significant digits, or as an integer.
fn digits(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
