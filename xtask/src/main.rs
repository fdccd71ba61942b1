//! `cargo xtask`: the project's own tasks.

mod attack;
mod audit;
mod bench;
mod clients;
mod crash;
mod failover;
mod fuzz_diff;
mod generate;
mod load;
mod packages;
mod postgres;
mod process;
mod prose;
mod psql;
mod simulate;
mod soak;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The project's own tasks
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    /// Install missing system packages with apt-get, and missing tools under target
    #[arg(long, global = true)]
    install: bool,

    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Attack(attack::Options),
    Audit(audit::Options),
    Bench(bench::Options),
    Clients(clients::Options),
    Crash(crash::Options),
    Failover(failover::Options),
    FuzzDiff(fuzz_diff::Options),
    Generate(generate::Options),
    Load(load::Options),
    Prose(prose::Options),
    Simulate(simulate::Options),
    Soak(soak::Options),
    Test(test::Options),
    #[command(hide = true)]
    ServeBytes(bench::Bytes),
}

fn main() -> ExitCode {
    let Cli { install, task } = Cli::parse();
    if install {
        packages::allow_installation();
    }
    match run(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Attack(options) => attack::run(&options),
        Task::Audit(options) => audit::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Clients(options) => clients::run(&options),
        Task::Crash(options) => crash::run(&options),
        Task::Failover(options) => failover::run(&options),
        Task::FuzzDiff(options) => fuzz_diff::run(&options),
        Task::Generate(options) => generate::run(&options),
        Task::Load(options) => load::run(&options),
        Task::Prose(options) => prose::run(&options),
        Task::Simulate(options) => simulate::run(&options),
        Task::Soak(options) => soak::run(&options),
        Task::Test(options) => test::run(&options),
        Task::ServeBytes(options) => bench::bytes(&options),
    }
}

/// Returns the root of the checkout.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
