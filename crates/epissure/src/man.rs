//! `epissure man`.

use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man;

use crate::failure::Failure;
use crate::{cli, output, store};

/// Print the manual page, or write the pages of all verbs to a folder
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure man | man -l -\n  epissure man --to /usr/local/share/man/man1")]
pub(crate) struct Options {
    /// Folder for one page per verb; created if missing
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let command = cli::command();
    let Some(folder) = &options.to else {
        let mut page = Vec::new();
        let written = Man::new(command).render(&mut page);
        written.map_err(|error| Failure::failed(format!("the manual page cannot be written: {error}")))?;
        return output::print_bytes(&page);
    };
    store::create_folder(folder)?;
    clap_mangen::generate_to(command, folder).map_err(|error| {
        Failure::failed(format!("the manual pages cannot be written to {}: {error}", folder.display()))
            .then("Choose a folder where this user may write.")
    })
}
