//! `cargo xtask load`: a database with any number of tickets and parties, the same at each run.

mod copy;
mod parties;
mod people;
mod tickets;

pub(crate) use copy::{copy, open};
pub(crate) use parties::Sizes;
pub(crate) use people::{OC, OC_CLIENT, SECRET, author};
pub(crate) use tickets::{Bodies, DAYS, FIRST_DAY, draft};

use people::OI_CLIENT;
use tickets::Tickets;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use epissure_app::App;
use epissure_app::clock::SystemClock;
use epissure_app::entropy::SystemEntropy;
use epissure_store::{NewTicket, Store, Tickets as _, Viewer};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Fill a database with tickets and parties that a seed decides
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Number of tickets
    #[arg(long, default_value_t = 0, required_unless_present_any = ["organizations", "individuals"])]
    tickets: u64,
    /// Number of organizations
    #[arg(long, default_value_t = 0)]
    organizations: u64,
    /// Number of individuals: nine in ten of SFRA, one of FTEL
    #[arg(long, default_value_t = 0)]
    individuals: u64,
    /// The folder of the database; made when it is not there
    #[arg(long, default_value = "epissure-data", conflicts_with = "database")]
    data: PathBuf,
    /// A database of PostgreSQL in its place; for tickets a new one
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Decides everything about them
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Maximum number of concurrent inserts: enough for a few commits, so that one is always full.
const ON_THEIR_WAY: usize = 1024;

pub(crate) fn run(options: &Options) -> Result<()> {
    let parties = Sizes { organizations: options.organizations, individuals: options.individuals };
    let where_it_is = match &options.database {
        None => {
            if options.tickets > 0 {
                fill(&options.data, options.tickets, options.seed)?;
            }
            if !parties.is_empty() {
                fill_directory(&options.data, parties, options.seed)?;
            }
            format!("--data {}", options.data.display())
        }
        Some(url) => {
            if options.tickets > 0 {
                let folder = tempfile::tempdir()?;
                fill(folder.path(), options.tickets, options.seed)?;
                copy(folder.path(), url)?;
            }
            if !parties.is_empty() {
                fill_directory_of(url, parties, options.seed)?;
            }
            "--database URL".to_owned()
        }
    };
    println!(
        "\nOperators FTEL (OI) and SFRA (OC); clients {OI_CLIENT} and {OC_CLIENT}, secret: {SECRET}\n\
         Serve it with: cargo run --release -- serve {where_it_is}"
    );
    Ok(())
}

/// Fills the database of a folder with tickets.
pub(crate) fn fill(folder: &Path, tickets: u64, seed: u64) -> Result<()> {
    in_store(folder, async |store| write(store, tickets, seed).await)
}

/// Fills the database of a folder with parties.
pub(crate) fn fill_directory(folder: &Path, sizes: Sizes, seed: u64) -> Result<()> {
    in_store(folder, async |store| write_parties(Arc::clone(store) as _, sizes, seed).await)
}

/// Fills a PostgreSQL database with parties.
fn fill_directory_of(url: &str, sizes: Sizes, seed: u64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Arc::new(open(url).await?);
        people::add(store.as_ref()).await?;
        write_parties(Arc::clone(&store) as _, sizes, seed).await?;
        Ok(store.analyze().await?)
    })
}

async fn write_parties(store: Arc<dyn Store>, sizes: Sizes, seed: u64) -> Result<()> {
    let settings = epissure_app::Settings::default();
    let app = App::new(store, Arc::new(SystemClock), Arc::new(SystemEntropy), settings);
    let started = Instant::now();
    parties::write(&app, sizes, seed).await?;
    let (elapsed, all) = (started.elapsed(), sizes.organizations + sizes.individuals);
    println!("{all} parties in {:.1} s: {:.0}/s", elapsed.as_secs_f64(), rate(all, elapsed));
    Ok(())
}

fn in_store(folder: &Path, fill: impl AsyncFnOnce(&Arc<SqliteStore>) -> Result<()>) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // One thread prepares the writes, in order; the database writes on its own threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Arc::new(SqliteStore::open(&Settings::new(folder.join(FILE_NAME)))?);
        people::add(store.as_ref()).await?;
        fill(&store).await?;
        println!("the planner reads what it needs to know");
        store.analyze().await?;
        Ok(())
    })
}

async fn write(store: &Arc<SqliteStore>, total: u64, seed: u64) -> Result<()> {
    let started = Instant::now();
    let progress = Progress::new(total, "tickets");
    let places = Arc::new(Semaphore::new(ON_THEIR_WAY));
    let mut writes = JoinSet::new();
    let mut bytes = 0;
    for (number, ticket) in (0..total).zip(Tickets::new(seed, total)) {
        if number == 0 && store.ticket(ticket.id, &Viewer::Oc(ticket.code_oc.clone())).await?.is_some() {
            bail!("the tickets of seed {seed} are there already: choose another --seed or another --data");
        }
        if number % 1000 == 0 {
            bytes += serde_json::to_string(&ticket)?.len() as u64;
        }
        let place = Arc::clone(&places).acquire_owned().await?;
        let store = Arc::clone(store);
        writes.spawn(async move {
            let new = NewTicket { ticket, findings: Vec::new(), idempotency: None };
            let outcome = store.open(new, &author()).await;
            drop(place);
            outcome
        });
        while let Some(written) = writes.try_join_next() {
            written??;
            progress.step();
        }
    }
    while let Some(written) = writes.join_next().await {
        written??;
        progress.step();
    }
    progress.end();
    let elapsed = started.elapsed();
    println!(
        "{total} tickets of {} bytes on average in {:.1} s: {:.0}/s",
        bytes / total.div_ceil(1000).max(1),
        elapsed.as_secs_f64(),
        rate(total, elapsed)
    );
    Ok(())
}

fn rate(count: u64, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64().max(1e-9)
}

/// Below this number, progress is not shown: the load takes no time.
const LEAST: u64 = 100;

/// Progress display: a bar on a terminal, ten lines in a log.
struct Progress {
    bar: ProgressBar,
    lines: bool,
    tenth: u64,
    of: String,
}

impl Progress {
    fn new(total: u64, of: impl Into<String>) -> Self {
        let lines = !std::io::stderr().is_terminal();
        let bar = if lines { ProgressBar::hidden() } else { ProgressBar::new(total) };
        bar.set_length(total);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {per_sec} {eta} left") {
            bar.set_style(style);
        }
        Self { bar, lines, tenth: total.div_ceil(10).max(LEAST), of: of.into() }
    }

    fn step(&self) {
        self.bar.inc(1);
        let done = self.bar.position();
        if self.lines && done.is_multiple_of(self.tenth) {
            println!("{done} of {} {}", self.bar.length().unwrap_or_default(), self.of);
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
