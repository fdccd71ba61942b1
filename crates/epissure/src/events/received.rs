//! `epissure events received`.

use clap::Args;
use epissure_app::deliveries::{self, Received};

use super::{ListOptions, seconds, short_type};
use crate::cli::Common;
use crate::failure::Failure;
use crate::store::{Missing, open_app};
use crate::{output, table};

/// On the OC's server: list the events received from OIs, newest first
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure events received --limit 5")]
pub(crate) struct Options {
    #[command(flatten)]
    list: ListOptions,
}

pub(super) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    let received = deliveries::received(&app, options.list.limit).await?;
    if options.list.json {
        return output::print_json(&received);
    }
    if received.is_empty() {
        return output::print("No event received yet.");
    }
    output::print(&received_table(&received))
}

/// Formats received events as a table.
pub(crate) fn received_table(received: &[Received]) -> String {
    let rows = received.iter().map(|event| {
        [
            event.id.clone(),
            short_type(&event.kind),
            event.subject.clone(),
            event.oi.to_string(),
            seconds(event.at),
            if event.signed { "signed" } else { "unsigned" }.to_owned(),
        ]
    });
    table::table(["EVENT", "TYPE", "TICKET", "OI", "RECEIVED", "SIGNATURE"], rows)
}
