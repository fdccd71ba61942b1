//! `epissure completions`.

use clap::Args;
use clap_complete::Shell;

use crate::cli;
use crate::failure::Failure;

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  epissure completions bash > /etc/bash_completion.d/epissure\n  epissure completions zsh > \"${fpath[1]}/_epissure\""
)]
pub(crate) struct Options {
    /// Shell
    shell: Shell,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut cli::command(), "epissure", &mut script);
    crate::output::print_bytes(&script)
}
