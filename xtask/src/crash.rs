//! `cargo xtask crash`: longer runs of the crash tests.

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::process::{cargo, shown};

/// Kill the server under load, again and again, and look for what was lost
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Number of kills
    #[arg(long, default_value_t = 50)]
    rounds: u32,
    /// Decides the instants
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Build with optimisations: more is written in each round
    #[arg(long)]
    release: bool,
    /// Kill it while it delivers so many events, rather than while it is written to
    #[arg(long, value_name = "EVENTS", num_args = 0..=1, default_missing_value = "100000")]
    deliveries: Option<u32>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut command = cargo();
    let (binary, test) = match options.deliveries {
        Some(_) => ("delivery", "crash::"),
        None => ("crash*", "acknowledged"),
    };
    command.args(["test", "--workspace", "--test", binary]);
    if options.release {
        command.arg("--release");
    }
    command
        .args(["--", "--nocapture", test])
        .envs(options.deliveries.map(|events| ("EPISSURE_DELIVERY_EVENTS", events.to_string())))
        .env("EPISSURE_DELIVERY_ROUNDS", options.rounds.to_string())
        .env("EPISSURE_CRASH_ROUNDS", options.rounds.to_string())
        .env("EPISSURE_CRASH_SEED", options.seed.to_string());
    let status = command.status().with_context(|| format!("cannot run {}", shown(&command)))?;
    if !status.success() {
        bail!("something was lost, or the test itself failed; seed {}", options.seed);
    }
    Ok(())
}
