//! `cargo xtask generate`: files generated from the code's tables, and committed so that they can
//! be read without a build.

mod command_line;
mod lifecycle;
mod openapi;

use std::fs;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::root;

/// Write the generated files
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Write nothing; fail when a file is not what would be written
    #[arg(long)]
    check: bool,
}

/// A generated file.
struct File {
    /// Path from the root of the checkout.
    path: String,
    content: String,
}

/// Every generator.
const GENERATORS: &[fn() -> Result<Vec<File>>] = &[openapi::files, lifecycle::files, command_line::files];

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut files = Vec::new();
    for generator in GENERATORS {
        files.extend(generator()?);
    }
    let mut stale = Vec::new();
    for file in &files {
        let path = root().join(&file.path);
        if fs::read_to_string(&path).is_ok_and(|present| present == file.content) {
            continue;
        }
        stale.push(file.path.as_str());
        if options.check {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&path, &file.content).with_context(|| format!("cannot write {}", path.display()))?;
        println!("written: {}", file.path);
    }
    if options.check && !stale.is_empty() {
        bail!(
            "not as the code says: {}. Run `cargo xtask generate` and commit the result.",
            stale.join(", ")
        );
    }
    println!("{} generated files, {} up to date before", files.len(), files.len() - stale.len());
    Ok(())
}
