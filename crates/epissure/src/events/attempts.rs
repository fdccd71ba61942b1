//! `epissure events attempts`.

use clap::Args;
use epissure_app::deliveries::{self, Attempt};
use epissure_protocol::names::EventId;

use super::{parse_event, seconds};
use crate::cli::Common;
use crate::failure::Failure;
use crate::store::{Missing, open_app};
use crate::{output, table};

/// List the attempts to deliver an event, with the answers
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure events attempts 019430aa-6c2e-7d1c-9e0f-3a8f1c2b4d5e")]
pub(crate) struct Options {
    /// Event identifier
    #[arg(value_name = "EVENT", value_parser = parse_event)]
    event: EventId,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    print(&deliveries::attempts(&app, options.event).await?, options.json)
}

fn print(attempts: &[Attempt], json: bool) -> Result<(), Failure> {
    if json {
        return output::print_json(&attempts);
    }
    if attempts.is_empty() {
        return output::print("No attempt yet.");
    }
    let rows = attempts.iter().map(|attempt| {
        [
            attempt.number.to_string(),
            seconds(attempt.at),
            format!("{} ms", attempt.elapsed_ms),
            attempt.status.map(|status| status.to_string()).unwrap_or_default(),
            attempt.error.clone().unwrap_or_default(),
            first_line(&attempt.body),
        ]
    });
    output::print(&table::table(["N", "AT", "TOOK", "STATUS", "ERROR", "ANSWER"], rows))
}

/// Returns the beginning of a response on one line, without control characters.
fn first_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(60).collect()
}
