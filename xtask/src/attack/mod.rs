//! `cargo xtask attack`: attacks by a partner or an unknown caller, on a server limited to 1 GiB.

mod attacks;
mod caller;
pub(crate) mod honest;
pub(crate) mod target;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use comfy_table::{Table, presets};
use thread_priority::ThreadPriority;

use crate::postgres::PrivateServer;
use crate::process::{cargo, shown};

use crate::root;
use attacks::ATTACKS;
use honest::Honest;
use target::Target;

/// Attack a server, one attack at a time and then all together, while an honest client works
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A program to attack instead of the one built here
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Attack an optimised build
    #[arg(long)]
    release: bool,
    /// On a private PostgreSQL instead of SQLite
    #[arg(long)]
    database: bool,
    /// Only attacks with this in their name; none of them together
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// The memory that the server may have, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    memory: u64,
    /// Maximum duration of an attack, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    seconds: u64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let program = match &options.program {
        Some(program) => program.clone(),
        None => build(options.release)?,
    };
    let postgres = private_database(options.database)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .on_thread_start(yield_to_the_server)
        .enable_all()
        .build()?;
    runtime.block_on(attack(options, &program, postgres.as_ref()))
}

/// Sets the attackers' threads to the lowest priority: real attackers have machines of their own.
fn yield_to_the_server() {
    if let Err(error) = thread_priority::set_current_thread_priority(ThreadPriority::Min) {
        eprintln!("the attackers keep their priority: {error:?}");
    }
}

/// A private PostgreSQL server with an empty database.
pub(crate) struct Database {
    url: String,
    _server: PrivateServer,
}

/// Starts a private PostgreSQL server, if requested.
pub(crate) fn private_database(wanted: bool) -> Result<Option<Database>> {
    if !wanted {
        return Ok(None);
    }
    let server = PrivateServer::start()?;
    let url = server.url.clone();
    Ok(Some(Database { url, _server: server }))
}

/// Builds the server and returns the path of its program.
pub(crate) fn build(release: bool) -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--package", "epissure"]);
    if release {
        command.arg("--release");
    }
    if !command.status().with_context(|| format!("cannot run {}", shown(&command)))?.success() {
        bail!("the server could not be built");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join(if release { "release" } else { "debug" }).join("epissure"))
}

/// Result of an attack.
struct Row {
    name: &'static str,
    /// Peak memory of the server, in MB.
    peak: f64,
    seconds: f64,
    answers: String,
    /// Of the honest client: the 99th percentile of its latencies in milliseconds, and its
    /// failures.
    p99: f64,
    failures: usize,
    alive: bool,
}

async fn attack(options: &Options, program: &std::path::Path, postgres: Option<&Database>) -> Result<()> {
    let target = Target::start(program, postgres, options.memory, &[]).await?;
    let honest = Honest::new(&target).await?;
    let quiet = honest.works_for(Duration::from_secs(5)).await;
    println!(
        "The server is limited to {} MiB; idle it has {:.0} MB. An honest client works meanwhile: alone, the 99th \
         percentile of its answers is {:.1} ms.",
        options.memory,
        target.resident()?,
        quiet.p99
    );
    let patience = Duration::from_secs(options.seconds);
    let chosen = |name: &str| options.only.as_deref().is_none_or(|text| name.contains(text));
    let mut rows = Vec::new();
    for attack in ATTACKS.iter().filter(|attack| chosen(attack.name)) {
        eprintln!("{}…", attack.name);
        target.forget_peak();
        let began = Instant::now();
        let working = honest.clone().works_until_told();
        let answers = (attack.run)(target.clone(), patience).await;
        let seconds = began.elapsed().as_secs_f64();
        let worked = working.end().await;
        let alive = target.is_alive().await;
        rows.push(Row {
            name: attack.name,
            peak: target.peak().unwrap_or(f64::NAN),
            seconds,
            answers: answers.map_or_else(|error| format!("{error:#}"), |answers| answers.to_string()),
            p99: worked.p99,
            failures: worked.failures,
            alive,
        });
        if !alive {
            rows.iter().for_each(print_plain);
            bail!("the server died of {}", attack.name);
        }
    }
    if options.only.is_none() {
        eprintln!("all together…");
        target.forget_peak();
        let began = Instant::now();
        let working = honest.clone().works_until_told();
        let all = ATTACKS.iter().map(|attack| tokio::spawn((attack.run)(target.clone(), patience)));
        let ended = futures_util::future::join_all(all).await.len();
        let worked = working.end().await;
        rows.push(Row {
            name: "all together",
            peak: target.peak().unwrap_or(f64::NAN),
            seconds: began.elapsed().as_secs_f64(),
            answers: format!("{ended} attacks"),
            p99: worked.p99,
            failures: worked.failures,
            alive: target.is_alive().await,
        });
    }
    print(&rows, quiet.p99);
    tokio::time::sleep(Duration::from_secs(15)).await;
    println!("Fifteen seconds later the server has {:.0} MB.", target.resident()?);
    match rows.iter().all(|row| row.alive) {
        true => Ok(()),
        false => bail!("the server did not survive"),
    }
}

fn print_plain(row: &Row) {
    println!("{}: {:.0} MB, {:.1} s, {}", row.name, row.peak, row.seconds, row.answers);
}

fn print(rows: &[Row], quiet: f64) {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "attack",
        "peak, MB",
        "seconds",
        "answers",
        "honest p99, ms",
        "× alone",
        "honest failures",
    ]);
    for row in rows {
        table.add_row([
            row.name.to_owned(),
            format!("{:.0}", row.peak),
            format!("{:.1}", row.seconds),
            row.answers.clone(),
            format!("{:.1}", row.p99),
            format!("{:.1}", row.p99 / quiet),
            row.failures.to_string(),
        ]);
    }
    println!("{table}");
}
