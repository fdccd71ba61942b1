//! `cargo xtask bench`: the project's target figures, each with its ceiling, measured in the same
//! run.

mod best;
mod ceiling;
mod comparison;
mod data;
mod database;
mod delivery;
mod http;
mod insert;
mod party;
mod pgbench;
mod post;
mod postgres;
mod query;
mod recording;
mod report;
mod serve;
mod store;
mod subject;
mod times;
mod wire;

pub(crate) use serve::{Bytes, bytes};

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use self::data::Data;
use self::postgres::Postgres;
use crate::load::Sizes;
use crate::process::{cargo, shown};

/// Measure, beside what could be reached at most
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Part to measure [default: everything]
    part: Option<Part>,
    /// On databases of how many tickets
    #[arg(long, value_delimiter = ',', default_value = "10000,1000000")]
    tickets: Vec<u64>,
    /// On a directory of how many individuals, and a tenth as many organizations
    #[arg(long, default_value_t = 1_000_000)]
    individuals: u64,
    /// Duration of a measurement, in seconds; the best of several counts
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Number of measurements of each figure, alternating with its ceiling
    #[arg(long, default_value_t = 3)]
    turns: u32,
    /// Measure on PostgreSQL, beside pgbench: on a private server, or on one whose role may make
    /// databases
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = postgres::PRIVATE)]
    database: Option<String>,
    /// An `epissure` to measure in place of this checkout's
    #[arg(long, value_name = "PROGRAM")]
    server: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The server, over HTTP
    Http,
    /// The backend, called in process
    Store,
    /// Each shape of query, over HTTP and in process; on the largest of the databases
    Query,
    /// Each shape of search in the directory, over HTTP, in process, and as SQL alone
    Party,
    /// Events to their targets, beside one that is dead
    Delivery,
}

/// Durations of a measurement.
#[derive(Debug, Clone, Copy)]
struct Pace {
    length: Duration,
    turns: u32,
}

impl Pace {
    /// Measures two things alternately and returns the best of each: interference only ever slows
    /// down.
    fn in_turn(
        self,
        mut one: impl FnMut(Duration) -> Result<f64>,
        mut other: impl FnMut(Duration) -> Result<f64>,
    ) -> Result<(f64, f64)> {
        let [best, other] = self.by_turns([&mut one, &mut other])?;
        Ok((best, other))
    }

    /// Measures several things alternately and returns the best of each.
    fn by_turns<const N: usize>(
        self,
        mut works: [&mut dyn FnMut(Duration) -> Result<f64>; N],
    ) -> Result<[f64; N]> {
        let mut best = [0.0_f64; N];
        for _ in 0..self.turns {
            for (best, work) in best.iter_mut().zip(&mut works) {
                *best = best.max(work(self.length)?);
            }
        }
        Ok(best)
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if cfg!(debug_assertions) {
        return again_with_optimisations();
    }
    if options.database.is_some() && options.part.is_some_and(|part| part != Part::Http) {
        bail!(
            "on PostgreSQL the server is measured over HTTP, and nothing else: leave `http` or nothing before --database"
        );
    }
    let pace = Pace { length: Duration::from_secs(options.seconds.max(1)), turns: options.turns.max(1) };
    let program = match &options.server {
        Some(program) => program.clone(),
        None => build()?,
    };
    let postgres = options.database.as_deref().map(Postgres::new).transpose()?;
    let is_measured = |part: Part| match (options.part, &postgres) {
        (Some(asked), _) => asked == part,
        (None, Some(_)) => part == Part::Http,
        (None, None) => true,
    };
    let (mut figures, mut costs) = (Vec::new(), Vec::new());
    let of_tickets = is_measured(Part::Store) || is_measured(Part::Http);
    for &tickets in options.tickets.iter().filter(|_| of_tickets) {
        let data = match &postgres {
            None => Data::sqlite(&database::filled(tickets)?),
            Some(postgres) => postgres.filled(tickets)?,
        };
        if is_measured(Part::Store) {
            figures.extend(store::measure(&data.folder, tickets, pace)?);
        }
        if is_measured(Part::Http) {
            figures.extend(
                data.url
                    .iter()
                    .map(|url| postgres::sizes(url, tickets))
                    .collect::<Result<Vec<_>>>()?
                    .concat(),
            );
            let measured = http::measure((&data, postgres.as_ref()), tickets, pace, &program)?;
            figures.extend(measured.figures);
            costs.push((tickets, measured.costs));
        }
    }
    let mut shapes = Vec::new();
    if let (true, Some(&tickets)) = (is_measured(Part::Query), options.tickets.iter().max()) {
        let (measured, more) = query::measure(&database::filled(tickets)?, tickets, pace, &program)?;
        shapes = measured;
        figures.extend(more);
    }
    let mut searches = Vec::new();
    if is_measured(Part::Party) {
        let sizes = Sizes { organizations: options.individuals / 10, individuals: options.individuals };
        searches = party::measure(&database::directory(sizes)?, sizes, pace, &program)?;
    }
    if is_measured(Part::Delivery) {
        figures.extend(delivery::measure(pace)?);
    }
    if let ([(_, small), .., (tickets, large)], true) = (costs.as_slice(), costs.len() > 1) {
        figures.extend(http::growth(*tickets, small, large));
    }
    let settings = postgres.as_ref().map(Postgres::shown).transpose()?;
    if options.json {
        let settings: Option<BTreeMap<_, _>> = settings.map(|settings| settings.into_iter().collect());
        let all = serde_json::json!({
            "figures": figures, "queries": shapes, "searches": searches, "postgres": settings
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        if let Some(settings) = settings {
            let shown: Vec<String> = settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
            println!("\nPostgreSQL: {}", shown.join(", "));
        }
        if !shapes.is_empty() {
            query::print(&shapes);
        }
        if !searches.is_empty() {
            party::print(&searches);
        }
        if !figures.is_empty() {
            report::print(&figures);
        }
    }
    Ok(())
}

/// Builds the server as released.
fn build() -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--quiet", "--release", "--package", "epissure"]);
    let status = command.status().with_context(|| format!("cannot run {}", shown(&command)))?;
    if !status.success() {
        bail!("{} failed: {status}", shown(&command));
    }
    Ok(database::target().join("release").join("epissure"))
}

/// Runs the same command in an optimized build.
fn again_with_optimisations() -> Result<()> {
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--release", "--package", "xtask", "--"])
        .args(std::env::args_os().skip(1));
    let status = command.status().with_context(|| format!("cannot run {}", shown(&command)))?;
    if !status.success() {
        bail!("{} failed: {status}", shown(&command));
    }
    Ok(())
}
