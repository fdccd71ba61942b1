//! `epissure ticket`: what an agent asks of the tickets at the terminal.

use clap::Subcommand;
use epissure_app::tickets::{self, Due};
use jiff::{SignedDuration, Timestamp};

use crate::failure::Failure;
use crate::options::Common;
use crate::store::{Missing, open_app};
use crate::{durations, output, table};

/// The tickets: what is about to expire
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// List the tickets whose contractual delay expires soon: PENDING ones that the OC has not answered, RESOLVED ones
    /// that it has neither accepted nor refused
    #[command(after_help = "Example:\n  epissure ticket due --within 2d")]
    Due {
        /// How soon: 3d, 36h, 90m, 30s
        #[arg(long, value_name = "DURATION", value_parser = durations::parse, default_value = "3d", env = "EPISSURE_TICKET_WITHIN")]
        within: i64,
        /// As JSON, for programs
        #[arg(long, env = "EPISSURE_JSON")]
        json: bool,
    },
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    let Verb::Due { within, json } = verb;
    let app = open_app(common, Missing::Refuse).await?;
    let due = tickets::due(&app, SignedDuration::from_secs(within)).await?;
    if json {
        return output::print_json(&due);
    }
    if due.is_empty() {
        return output::print(&format!(
            "No delay of a contract expires within {}.",
            durations::format(within)
        ));
    }
    let now = app.clock.now();
    output::print(&table::table(
        ["TICKET", "OI", "OC", "STATUS", "EXPIRES", "IN", "BECOMES"],
        due.into_iter().map(|due| row(due, now)),
    ))
}

fn row(due: Due, now: Timestamp) -> [String; 7] {
    let left = due.expires.duration_since(now).as_secs();
    // To the minute: what is left of a second is gone when it is read.
    let left = if left <= 0 { "now".to_owned() } else { durations::format((left + 59) / 60 * 60) };
    [
        due.id.to_string(),
        due.oi.to_string(),
        due.oc.to_string(),
        due.status.to_string(),
        format!("{:.0}", due.expires),
        left,
        due.becomes.to_string(),
    ]
}
