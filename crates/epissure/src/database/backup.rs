//! `epissure database backup`.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use clap::Args;

use crate::cli::Common;
use crate::failure::Failure;
use crate::output;
use crate::serve::attachments;
use crate::store::{self, Database, Missing, Place};

/// Copy an SQLite database to a new file, also while a server runs
///
/// Attached files are stored beside the database: copy them after it. PostgreSQL has pg_dump and
/// pg_basebackup.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure database backup /var/backups/epissure-$(date +%F).sqlite")]
pub(crate) struct Options {
    /// File to create; an existing file is not overwritten
    file: PathBuf,
}

pub(super) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    let file = &options.file;
    let Place::File(path) = store::place(common)? else {
        return Err(Failure::usage("a database of PostgreSQL is copied by PostgreSQL's own programs").then(
            "pg_dump --format=custom copies one while it is used; pg_basebackup, with the write-ahead log archived, \
             brings back any moment. docs/guide/administrator.md says more.",
        ));
    };
    let Database::Sqlite(store) = store::open(common, Missing::Refuse, Some(1)).await? else {
        return Err(Failure::failed("the database is not a file"));
    };
    let shown = file.display();
    // Created empty, for its owner only: the copy is as private as the original.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::failed(format!("{shown} exists and is not overwritten"))
            .then("Give the name of a new file, or remove that one."),
        _ => Failure::failed(format!("{shown} cannot be created: {error}"))
            .then("Choose a folder that exists and where this user may write."),
    })?;
    if let Err(error) = store.backup(file.clone()).await {
        tracing::debug!(%error, "the backup failed");
        let _ = fs::remove_file(file);
        return Err(Failure::failed(format!("the copy to {shown} failed and was removed"))
            .then("Check that its disk is not full, and try again."));
    }
    let size = fs::metadata(file).map(|file| file.len()).unwrap_or_default();
    output::print(&format!(
        "Copied to {shown}: {} kB.\nTo restore it: stop the server, put it in the place of {}, and remove the files \
         beside that end in -wal and -shm.\nAttached files are not in it: copy {} too, after the database.",
        size.div_ceil(1024),
        path.display(),
        attachments::place(common)
    ))
}
