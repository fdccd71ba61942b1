//! `epissure events accept`.

use clap::Args;
use epissure_app::deliveries;
use epissure_protocol::secret::Secret;
use jiff::SignedDuration;

use super::PairOptions;
use crate::cli::{Common, values};
use crate::client::secret;
use crate::failure::Failure;
use crate::output;
use crate::store::{Missing, author, open_app};

/// On the OC's server: set the secret that verifies the events of an OI
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure events accept --oi FTEL --oc SFRA --secret -")]
pub(crate) struct Options {
    #[command(flatten)]
    pair: PairOptions,
    /// Secret shown to the OI; `-` reads it from standard input
    #[arg(long, allow_hyphen_values = true, env = "EPISSURE_EVENTS_INBOUND_SECRET")]
    secret: String,
    /// Time for which the previous secret is accepted too
    #[arg(long, value_name = "DURATION", value_parser = values::parse_duration, default_value = "1d")]
    overlap: i64,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let Options { pair, secret, overlap } = options;
    let secret = Secret::new(secret::read(Some(secret))?.unwrap_or_default());
    let app = open_app(common, Missing::Refuse).await?;
    let overlap = SignedDuration::from_secs(overlap);
    deliveries::accept(&app, &pair.into(), &secret, overlap, &author(&app)).await?;
    output::print("From now on, events of this OI must be signed with this secret.")
}
