//! `epissure demo`.
use crate::failure::Failure;
use crate::options::Common;
use clap::Args;
/// Play a ticket's whole life
#[derive(Debug, Args)]
pub(crate) struct Options {}
pub(crate) async fn run(_common: &Common, _options: &Options) -> Result<(), Failure> {
    Ok(())
}
