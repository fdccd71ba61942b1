//! `epissure database migrate`.

use clap::Args;

use super::text_index;
use crate::cli::Common;
use crate::failure::Failure;
use crate::output;
use crate::store::{self, Database, Missing, Place};

/// Migrate the schema, creating the database if needed; `serve` does it too
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  epissure database migrate --data /var/lib/epissure\n  epissure database migrate \
                  --database postgres://epissure@db/epissure --gin"
)]
pub(crate) struct Options {
    /// Also create the GIN index of the texts in tickets, while servers run: equality filters on
    /// members without a column of their own become fast. PostgreSQL only
    #[arg(long)]
    gin: bool,
}

pub(super) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    let gin = options.gin;
    let place = store::place(common)?;
    if gin && matches!(place, Place::File(_)) {
        return Err(Failure::usage(format!("{place} is a file of SQLite, which has no such index"))
            .then("Omit --gin, or name a database of PostgreSQL with --database."));
    }
    let database = store::open(common, Missing::Create, Some(1)).await?;
    output::print(&format!("The database {place} is up to date."))?;
    match database {
        Database::Postgres(store) if gin => text_index::create(&store).await,
        _ => Ok(()),
    }
}
