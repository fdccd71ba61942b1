//! Where the data is, and how it is opened.

use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use epissure_app::clock::SystemClock;
use epissure_app::entropy::SystemEntropy;
use epissure_app::{App, Settings};
use epissure_store::{Author, StoreError};
use epissure_store_sqlite::{FILE_NAME, SqliteStore};

use crate::failure::Failure;
use crate::options::Common;

/// Whether a database that is not there is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It is made, and its folder with it.
    Create,
    /// It is refused: to list what is in a database by making an empty one would mislead.
    Refuse,
}

/// The file of the database that the options name.
pub(crate) fn path(common: &Common) -> Result<PathBuf, Failure> {
    let Some(url) = &common.database else { return Ok(common.data.join(FILE_NAME)) };
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Err(Failure::usage("this version speaks SQLite only; it cannot use PostgreSQL yet")
            .then("Leave --database out, or write sqlite:PATH."));
    }
    match url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => Err(Failure::usage(format!("`{url}` is not the address of a database")).then(
            "Write sqlite:PATH, or leave --database out: the database is then in the folder of --data.",
        )),
    }
}

/// Opens the database that the options name.
pub(crate) fn open(
    common: &Common,
    missing: Missing,
    readers: Option<usize>,
) -> Result<SqliteStore, Failure> {
    let path = path(common)?;
    if !path.exists() {
        if missing == Missing::Refuse {
            return Err(Failure::failed(format!("there is no database at {}", path.display())).then(
                "`epissure operator add` makes one, and so does `epissure serve`; --data says in which folder.",
            ));
        }
        if common.database.is_none() {
            create_folder(&common.data)?;
        }
        reserve(&path);
    }
    open_file(path, readers)
}

/// Makes the file of a new database, empty, for its owner only; SQLite gives the files beside it the same rights.
/// What stands in the way is told when the database is opened.
fn reserve(path: &Path) {
    let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

/// Opens a database file.
pub(crate) fn open_file(path: PathBuf, readers: Option<usize>) -> Result<SqliteStore, Failure> {
    let mut settings = epissure_store_sqlite::Settings::new(path);
    if let Some(readers) = readers {
        settings.readers = readers;
    }
    SqliteStore::open(&settings).map_err(|error| cannot_open(&settings.path, &error))
}

/// Opens the database for a verb that reads or writes a few rows.
pub(crate) fn open_app(common: &Common, missing: Missing) -> Result<App, Failure> {
    Ok(app(open(common, missing, Some(1))?, Settings::default()))
}

/// Who runs the command, for the audit: the name of the account, as the system's environment has it.
pub(crate) fn author(app: &App) -> Author {
    let name = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    Author::person(name.unwrap_or_else(|| "unknown".to_owned()), app.clock.now())
}

/// The use cases over a database, with the machine's clock and randomness.
pub(crate) fn app(store: SqliteStore, settings: Settings) -> App {
    App::new(Arc::new(store), Arc::new(SystemClock), Arc::new(SystemEntropy), settings)
}

/// Makes a folder that only its owner may read: it will hold what the operators say of their clients.
pub(crate) fn create_folder(folder: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
        Failure::failed(format!("the folder {} cannot be made: {error}", folder.display()))
            .then("Choose another with --data, or let this user write there.")
    })
}

fn cannot_open(path: &Path, error: &StoreError) -> Failure {
    let shown = path.display();
    tracing::debug!(%error, path = %shown, "the database cannot be opened");
    match error {
        StoreError::NewerSchema => {
            Failure::failed(format!("the database {shown} was written by a newer version of epissure"))
                .then("Run that version, or restore a backup made before it was installed.")
        }
        StoreError::Unavailable(cause) => Failure::failed(format!(
            "the database {shown} cannot be opened: {cause}"
        ))
        .then("Check that its folder exists, that this user may write in it, and that the disk is not full."),
        _ => Failure::failed(format!("{shown} is not a database of epissure, or is damaged"))
            .then("Check --data and --database; restore a backup if it is the right file."),
    }
}
