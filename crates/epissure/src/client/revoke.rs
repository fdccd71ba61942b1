//! `epissure client revoke`.

use clap::Args;
use epissure_app::directory::clients;

use crate::cli::Common;
use crate::failure::Failure;
use crate::output;
use crate::store::{Missing, author, open_app};

/// Refuse a client from now on and end its tokens
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure client revoke sfra-tickets")]
pub(crate) struct Options {
    /// Client identifier
    id: String,
}

pub(super) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    let id = &options.id;
    let app = open_app(common, Missing::Refuse).await?;
    clients::revoke(&app, id, &author(&app)).await?;
    output::print(&format!(
        "Client {id} revoked: it obtains no more tokens; its present tokens end within a second.\n\
         `epissure client rotate {id}` accepts it again with a new secret."
    ))
}
