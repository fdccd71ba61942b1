//! `cargo xtask fuzz-diff`: compares the evaluator with a backend on random tickets and queries.

use std::time::Instant;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use epissure_store::suite::differential::{self, Compared, Disagreement};
use epissure_store_postgres::testing::TestDatabase;
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};
use tokio::runtime::Runtime;

use crate::postgres::PrivateServer;

/// Compare the evaluator of the query language with SQLite or PostgreSQL, on random tickets and
/// queries
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask fuzz-diff --cases 1000000 --seed 7
  cargo xtask fuzz-diff --backend postgres")]
pub(crate) struct Options {
    /// Minimum number of (ticket, query) pairs to compare
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    cases: u64,

    /// Seed of the tickets and the queries
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// Which backend; PostgreSQL on the server that EPISSURE_TEST_POSTGRES names, or on a private
    /// one, with the index of texts in every second database
    #[arg(long, value_enum, default_value_t = Backend::Sqlite)]
    backend: Backend,
}

/// Backend to compare with the evaluator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Backend {
    Sqlite,
    Postgres,
}

/// Number of tickets in one database.
const TICKETS: usize = 130;
/// Number of queries on one database.
const QUERIES: u64 = 1000;

pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = Runtime::new()?;
    let server = match options.backend {
        Backend::Sqlite => None,
        Backend::Postgres => Some(PrivateServer::start()?),
    };
    let started = Instant::now();
    let (mut pairs, mut matches, mut queries) = (0, 0, 0);
    for seed in options.seed.. {
        let compared = match &server {
            None => on_sqlite(&runtime, seed)?,
            Some(server) => runtime.block_on(on_postgres(server, seed)),
        };
        match compared {
            Ok(compared) => {
                pairs += compared.pairs;
                matches += compared.matches;
                queries += compared.queries;
            }
            Err(disagreement) => {
                bail!(
                    "they disagree with --seed {seed}, in the dialect {}, on\n  {}\nevaluator: {:?}\n{:<10} {:?}\n{:#}",
                    disagreement.dialect.name(),
                    disagreement.query,
                    disagreement.evaluator,
                    format!("{:?}:", options.backend),
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

fn on_sqlite(runtime: &Runtime, seed: u64) -> Result<Result<Compared, Disagreement>> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(&Settings::new(folder.path().join(FILE_NAME)))?;
    Ok(runtime.block_on(differential::run(&store, seed, TICKETS, QUERIES)))
}

async fn on_postgres(server: &PrivateServer, seed: u64) -> Result<Compared, Disagreement> {
    let database = TestDatabase::on(&server.url).await;
    // The index must not change a result.
    if seed.is_multiple_of(2) {
        database.open().await.index_texts(|_| {}).await.expect("the index of texts is made");
    }
    differential::run(&database.open().await, seed, TICKETS, QUERIES).await
}
