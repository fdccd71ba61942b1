//! `cargo xtask`: the project's own tasks.

mod generate;
mod process;
mod test;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The project's own tasks
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Generate(generate::Options),
    Test(test::Options),
}

fn main() -> Result<()> {
    match Cli::parse().task {
        Task::Generate(options) => generate::run(&options),
        Task::Test(options) => test::run(&options),
    }
}

/// The root of the checkout.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
