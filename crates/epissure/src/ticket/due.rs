//! `epissure ticket due`.

use clap::Args;
use epissure_app::tickets::{self, Due};
use jiff::{SignedDuration, Timestamp};

use crate::cli::{Common, values};
use crate::failure::Failure;
use crate::store::{Missing, open_app};
use crate::{output, table};

/// List the tickets whose contractual delay expires soon
///
/// These are PENDING tickets without an answer of the OC, and RESOLVED tickets that the OC has
/// neither accepted nor refused.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure ticket due --within 2d")]
pub(crate) struct Options {
    /// Time until the expiry, for example 3d, 36h, 90m
    #[arg(long, value_name = "DURATION", value_parser = values::parse_duration, default_value = "3d")]
    within: i64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    let due = tickets::due(&app, SignedDuration::from_secs(options.within)).await?;
    if options.json {
        return output::print_json(&due);
    }
    if due.is_empty() {
        let within = values::format_duration(options.within);
        return output::print(&format!("No contractual delay expires within {within}."));
    }
    let now = app.clock.now();
    output::print(&table::table(
        ["TICKET", "OI", "OC", "STATUS", "EXPIRES", "IN", "BECOMES"],
        due.into_iter().map(|due| row(due, now)),
    ))
}

fn row(due: Due, now: Timestamp) -> [String; 7] {
    let left = due.expires.duration_since(now).as_secs();
    // Rounded up to a minute.
    let left = if left <= 0 { "now".to_owned() } else { values::format_duration((left + 59) / 60 * 60) };
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
