//! `cargo xtask audit`: licences, bans, duplicates and unused dependencies.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::process::{cargo, shown};

/// Audit the dependencies with cargo-deny (rules: deny.toml) and cargo-shear
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo install --locked cargo-deny cargo-shear\n  cargo xtask audit")]
pub(crate) struct Options {
    /// Also check the advisory database of RustSec, which must be reachable
    #[arg(long)]
    advisories: bool,
    /// Skip a tool that is not installed instead of failing
    #[arg(long)]
    if_installed: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut checks = vec!["deny", "check", "bans", "licenses", "sources"];
    if options.advisories {
        checks.push("advisories");
    }
    let mut failed = Vec::new();
    for arguments in [checks.as_slice(), &["shear"]] {
        let tool = arguments[0];
        if !is_installed(tool) {
            let how = format!("cargo-{tool} is not installed: cargo install --locked cargo-{tool}");
            if !options.if_installed {
                bail!("{how}");
            }
            println!("not run: {how}");
            continue;
        }
        let mut command = cargo();
        command.args(arguments);
        println!("$ {}", shown(&command));
        if !command.status().with_context(|| format!("cannot run {}", shown(&command)))?.success() {
            failed.push(tool);
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn is_installed(tool: &str) -> bool {
    let mut command = Command::new(format!("cargo-{tool}"));
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
