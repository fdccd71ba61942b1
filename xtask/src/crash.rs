//! `cargo xtask crash`: the crash tests, for longer.

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::process::{cargo, shown};

/// Kill the server under load, again and again, and look for what was lost
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many times
    #[arg(long, default_value_t = 50)]
    rounds: u32,
    /// Decides the instants
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Build with optimisations: more is written in each round
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--package", "epissure-server", "--test", "crash", "--test", "crash_attachments"]);
    if options.release {
        command.arg("--release");
    }
    command
        .args(["--", "--nocapture"])
        .env("EPISSURE_CRASH_ROUNDS", options.rounds.to_string())
        .env("EPISSURE_CRASH_SEED", options.seed.to_string());
    let status = command.status().with_context(|| format!("cannot run {}", shown(&command)))?;
    if !status.success() {
        bail!("something was lost, or the test itself failed; seed {}", options.seed);
    }
    Ok(())
}
