//! `epissure events rotate`.

use clap::Args;
use epissure_app::deliveries::{Pair, targets};
use jiff::SignedDuration;

use super::PairOptions;
use crate::cli::{Common, values};
use crate::client::secret::SecretOutput;
use crate::failure::Failure;
use crate::store::{Missing, author, open_app};

/// Replace the signing secret of events and print it once
///
/// During the overlap, events are signed with both the old and the new secret.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure events rotate --oi FTEL --oc SFRA --overlap 7d")]
pub(crate) struct Options {
    #[command(flatten)]
    pair: PairOptions,
    /// Time for which the old secret signs too
    #[arg(long, value_name = "DURATION", value_parser = values::parse_duration, default_value = "1d")]
    overlap: i64,
    #[command(flatten)]
    output: SecretOutput,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let Options { pair, overlap, output } = options;
    let pair: Pair = pair.into();
    let app = open_app(common, Missing::Refuse).await?;
    let secret = targets::rotate(&app, &pair, SignedDuration::from_secs(overlap), &author(&app)).await?;
    let explanation = format!(
        "Events are signed with this secret from now on, and with the old one for {}. Give it to {}: it is shown \
         once.",
        values::format_duration(overlap),
        pair.oc
    );
    output.print(&secret, &explanation)
}
