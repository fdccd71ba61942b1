//! The tools that generate and run clients. Their versions are pinned in `e2e/clients`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::{Client, folder, sources};
use crate::packages;
use crate::process::output;

/// The reason why the tools of a client are missing, and how to install them.
pub(super) struct Missing(pub(super) String);

/// A program of the Python environment.
pub(super) fn python(name: &str) -> PathBuf {
    folder().join("python/bin").join(name)
}

/// The packages of Node.
pub(super) fn node_modules() -> PathBuf {
    folder().join("node/node_modules")
}

/// Succeeds when the pinned tools of a client are in `target/clients`; installs them there if asked
/// to.
pub(super) fn prepare(client: Client) -> Result<(), Missing> {
    let (place, lock) = match client {
        Client::Python => ("python", "requirements.txt"),
        Client::TypeScript => ("node", "package-lock.json"),
    };
    let place = folder().join(place);
    let pinned =
        fs::read_to_string(sources().join(lock)).map_err(|error| Missing(format!("{lock}: {error}")))?;
    // The pins that were installed are written last.
    let installed = place.join("installed");
    if fs::read_to_string(&installed).is_ok_and(|present| present == pinned) {
        return Ok(());
    }
    if !packages::may_install() {
        return Err(Missing(
            "its tools are not in target/clients; install them with `cargo xtask clients --install`"
                .to_owned(),
        ));
    }
    let install = || {
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        fs::create_dir_all(&place)?;
        match client {
            Client::Python => install_python(&place)?,
            Client::TypeScript => install_node(&place)?,
        }
        Ok(fs::write(&installed, &pinned)?)
    };
    install().map_err(|error: anyhow::Error| Missing(format!("its tools cannot be installed: {error:#}")))
}

fn install_python(place: &Path) -> Result<()> {
    provide(&["python3", "-m", "venv", "--help"], &["python3", "python3-venv"])?;
    output(Command::new("python3").args(["-m", "venv"]).arg(place))?;
    let mut pip = Command::new(python("pip"));
    pip.args(["install", "--disable-pip-version-check", "--requirement"]);
    output(pip.arg(sources().join("requirements.txt"))).map(drop)
}

fn install_node(place: &Path) -> Result<()> {
    provide(&["npm", "--version"], &["nodejs", "npm"])?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(sources().join(file), place.join(file))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(place);
    output(&mut npm).map(drop)
}

/// Succeeds when a command runs; installs Debian's packages that have it where this process may.
fn provide(command: &[&str], needed: &[&str]) -> Result<()> {
    let run = || output(Command::new(command[0]).args(&command[1..]));
    if run().is_ok() {
        return Ok(());
    }
    packages::install(needed)?;
    run().map(drop)
}
