//! `epissure events disable`.

use clap::Args;
use epissure_app::deliveries::targets;

use super::PairOptions;
use crate::cli::Common;
use crate::failure::Failure;
use crate::output;
use crate::store::{Missing, author, open_app};

/// Pause delivery to an OC; its events stay queued
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure events disable --oi FTEL --oc SFRA")]
pub(crate) struct Options {
    #[command(flatten)]
    pair: PairOptions,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    targets::disable(&app, &options.pair.into(), &author(&app)).await?;
    output::print("Disabled. New events stay queued until `epissure events enable`.")
}
