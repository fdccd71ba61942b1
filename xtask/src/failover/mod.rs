//! `cargo xtask failover`: kills databases and servers under load, and checks the acknowledged
//! tickets.
//!
//! Three nodes of PostgreSQL under Patroni and three members of etcd run on loopback and in a
//! temporary folder, configured by the files of `packaging/patroni`. The figures are those of a
//! single machine: a real cluster has a network in between.

mod cluster;
mod ledger;
mod packages;
mod process;
mod report;
mod rounds;
mod servers;
mod single;
mod template;
mod writers;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::postgres;
use crate::process::{cargo, shown};

/// Kill the primary of a cluster under load, again and again, and look for what was acknowledged
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Number of kills
    #[arg(long, default_value_t = 10)]
    kills: u32,
    /// Number of concurrent writers
    #[arg(long, default_value_t = 16)]
    writers: usize,
    /// On one PostgreSQL instead: kill the server of tickets so many times, then stop PostgreSQL at
    /// once as many times
    #[arg(long)]
    servers: bool,
    /// Build with optimisations: more is written in each round
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let programs = postgres::programs_or_install()?;
    let epissure = build(options.release)?;
    let folder = tempfile::Builder::new().prefix("epissure-failover-").tempdir()?;
    let user = postgres::other_user(folder.path())?;
    let place = Place { folder: folder.path(), user, programs: &programs, epissure: &epissure };
    let wrong = match options.servers {
        true => single::run(&place, options)?,
        false => {
            packages::present()?;
            rounds::run(&place, options)?
        }
    };
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

/// Folder, programs and user of a run.
struct Place<'a> {
    folder: &'a Path,
    user: Option<&'static str>,
    /// Folder of PostgreSQL's programs.
    programs: &'a Path,
    /// Path of the ticket server's program.
    epissure: &'a Path,
}

impl Place<'_> {
    /// Creates a subfolder that belongs to the databases' user.
    fn inside(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        std::fs::create_dir(&folder)?;
        postgres::other_user(&folder)?;
        Ok(folder)
    }
}

/// Builds the ticket server. Cargo places it next to this program or to its folder.
fn build(release: bool) -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--package", "epissure"]);
    if release {
        command.arg("--release");
    }
    let built = command.status().with_context(|| format!("cannot run {}", shown(&command)))?;
    let this = std::env::current_exe()?;
    let target = this.parent().and_then(Path::parent).context("this program is in no folder of cargo's")?;
    let program = target.join(if release { "release" } else { "debug" }).join("epissure");
    if !built.success() || !program.exists() {
        bail!("{} made no {}", shown(&command), program.display());
    }
    Ok(program)
}
