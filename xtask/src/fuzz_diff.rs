//! `cargo xtask fuzz-diff`: random tickets and queries, the evaluator against SQLite.

use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;
use epissure_store::suite::differential;
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};

/// Compare the evaluator of the query language with SQLite, on random tickets and queries
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo xtask fuzz-diff --cases 1000000 --seed 7")]
pub(crate) struct Options {
    /// How many (ticket, query) pairs to compare, at least
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    cases: u64,

    /// What decides the tickets and the queries
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// Tickets in one database.
const TICKETS: usize = 130;
/// Queries asked of one database.
const QUERIES: u64 = 1000;

pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let started = Instant::now();
    let (mut pairs, mut matches, mut queries) = (0, 0, 0);
    for seed in options.seed.. {
        let folder = tempfile::tempdir()?;
        let store = SqliteStore::open(&Settings::new(folder.path().join(FILE_NAME)))?;
        match runtime.block_on(differential::run(&store, seed, TICKETS, QUERIES)) {
            Ok(compared) => {
                pairs += compared.pairs;
                matches += compared.matches;
                queries += compared.queries;
            }
            Err(disagreement) => {
                bail!(
                    "they disagree with --seed {seed}, in the dialect {}, on\n  {}\nevaluator: {:?}\nSQLite:    {:?}\n{:#}",
                    disagreement.dialect.name(),
                    disagreement.query,
                    disagreement.evaluator,
                    disagreement.backend,
                    disagreement.documents.first().unwrap_or_default()
                );
            }
        }
        let elapsed = started.elapsed().as_secs_f64();
        println!(
            "seed {seed}: {pairs} pairs, {queries} queries, {matches} matches, {elapsed:.0} s, no difference"
        );
        if pairs >= options.cases {
            break;
        }
    }
    Ok(())
}
