//! The reference of the command line, as the command itself makes it.

use anyhow::{Context as _, Result, bail};

use super::File;
use crate::process::{cargo, shown};

pub(super) fn files() -> Result<Vec<File>> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "epissure", "--", "generate-cli-reference"]);
    let output = command.output().with_context(|| format!("cannot run {}", shown(&command)))?;
    if !output.status.success() {
        bail!("{} failed: {}", shown(&command), String::from_utf8_lossy(&output.stderr).trim());
    }
    let content = String::from_utf8(output.stdout).context("the reference is not UTF-8")?;
    Ok(vec![File { path: "docs/cli.md".to_owned(), content }])
}
