//! The `epissure` command: a folder per noun, a file per verb.

mod attachment;
mod audit;
mod cli;
mod client;
mod completions;
mod contract;
mod database;
mod demo;
mod events;
mod failure;
mod logging;
mod man;
mod operator;
mod output;
mod party;
mod progress;
mod serve;
mod store;
mod table;
mod ticket;

use std::process::ExitCode;

/// jemalloc returns memory to the system a few seconds after a load, from a background thread; the
/// default allocator retains most of it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

use cli::{Cli, Verb};
use failure::Failure;

fn main() -> ExitCode {
    match cli::read(std::env::args_os()).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { common, verb } = cli;
    let _log = logging::start(&common, matches!(verb, Verb::Serve(_)))?;
    // Verbs that read or write a few rows need no worker threads.
    let mut runtime = match verb {
        Verb::Serve(_) | Verb::Demo(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = runtime
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("the process cannot start its threads: {error}")))?;
    runtime.block_on(async {
        match verb {
            Verb::Demo(options) => demo::run(&common, &options).await,
            Verb::Serve(options) => serve::run(&common, options).await,
            Verb::Operator(verb) => operator::run(&common, verb).await,
            Verb::Client(verb) => client::run(&common, verb).await,
            Verb::Contract(verb) => contract::run(&common, verb).await,
            Verb::Party(verb) => party::run(&common, verb).await,
            Verb::Events(verb) => events::run(&common, verb).await,
            Verb::Ticket(verb) => ticket::run(&common, verb).await,
            Verb::Attachment(verb) => attachment::run(verb),
            Verb::Audit(verb) => audit::run(&common, verb).await,
            Verb::Database(verb) => database::run(&common, verb).await,
            Verb::Completions(options) => completions::run(&options),
            Verb::Man(options) => man::run(&options),
            Verb::GenerateCliReference => output::print(&cli::reference::markdown()),
        }
    })
}
