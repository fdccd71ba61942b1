//! `epissure events enable`.

use clap::Args;
use epissure_app::deliveries::targets;

use super::PairOptions;
use crate::cli::Common;
use crate::failure::Failure;
use crate::output;
use crate::store::{Missing, author, open_app};

/// Resume delivery to an OC and send its queued events
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure events enable --oi FTEL --oc SFRA")]
pub(crate) struct Options {
    #[command(flatten)]
    pair: PairOptions,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    targets::enable(&app, &options.pair.into(), &author(&app)).await?;
    output::print("Enabled. A running server sends the queued events.")
}
