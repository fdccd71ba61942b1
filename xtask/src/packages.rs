//! System packages: installed with apt-get when `--install` is given, otherwise named in an error.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};

/// Value of the global option `--install`.
static INSTALL: AtomicBool = AtomicBool::new(false);

/// Allows [`install`] to run apt-get.
pub(crate) fn allow_installation() {
    INSTALL.store(true, Ordering::Relaxed);
}

/// True if `--install` was given.
pub(crate) fn may_install() -> bool {
    INSTALL.load(Ordering::Relaxed)
}

/// Installs Debian packages.
///
/// # Errors
///
/// Fails when `--install` was not given or apt-get fails. The error names the packages, and the
/// command to run.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !may_install() {
        bail!("not installed: {names}. Run this task with --install, or run: apt-get install {names}");
    }
    println!("installing {names}");
    if packages.contains(&"postgresql") {
        create_no_cluster()?;
    }
    if !apt_get(packages) {
        bail!("apt-get could not install {names}: run it as root, and see its output above");
    }
    Ok(())
}

/// Prevents the package postgresql from starting a server of its own.
fn create_no_cluster() -> Result<()> {
    let settings = Path::new("/etc/postgresql-common/createcluster.conf");
    if !settings.exists() {
        std::fs::create_dir_all("/etc/postgresql-common")?;
        std::fs::write(settings, "create_main_cluster = false\n")?;
    }
    Ok(())
}

fn apt_get(packages: &[&str]) -> bool {
    let run = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        command.status().is_ok_and(|status| status.success())
    };
    let options =
        ["install", "--yes", "--no-install-recommends", "--option", "Dpkg::Options::=--force-confold"];
    let install = [&options, packages].concat();
    // The package lists may be out of date.
    run(&install) || (run(&["update"]) && run(&install))
}
