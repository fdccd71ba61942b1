//! `epissure audit`: the record of every write, and the verification that it is complete.

mod cut;
mod export;
pub(crate) mod key;
pub(crate) mod seal;
mod verify;

use std::io;

use clap::Subcommand;
use epissure_protocol::instant;
use jiff::Timestamp;

use crate::cli::Common;
use crate::failure::Failure;

/// Verify, export and cut the audit: the author, time and source of every write
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Verify(verify::Options),
    Export(export::Options),
    Cut(cut::Options),
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Verify(options) => verify::run(common, options).await,
        Verb::Export(options) => export::run(common, options).await,
        Verb::Cut(options) => cut::run(common, options).await,
    }
}

fn parse_instant(text: &str) -> Result<Timestamp, String> {
    instant::parse(text)
        .ok_or_else(|| "an instant is written 2026-01-31T17:00:00Z, a day 2026-01-31".to_owned())
}

fn unwritten(error: io::Error) -> Failure {
    Failure::failed(format!("the audit cannot be written: {error}"))
}
