//! Location of the data, and opening the database.

use std::fmt;
use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use epissure_app::clock::SystemClock;
use epissure_app::entropy::SystemEntropy;
use epissure_app::{App, Settings};
use epissure_store::{Author, Store, StoreError};
use epissure_store_postgres::{Address, News, OpenError, PostgresStore};
use epissure_store_sqlite::{FILE_NAME, SqliteStore};

use crate::cli::Common;
use crate::failure::Failure;

/// Policy for a missing database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Creates the database and its folder.
    Create,
    /// Refuses: listing an empty, newly created database would mislead.
    Refuse,
}

/// Location of the database, which determines the backend.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// An SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Server(Box<Address>),
}

impl fmt::Display for Place {
    /// Formats the location for display, without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(address) => address.fmt(f),
        }
    }
}

/// An open database.
pub(crate) enum Database {
    Sqlite(SqliteStore),
    Postgres(Arc<PostgresStore>),
}

impl Database {
    /// Returns the store for the use cases.
    pub(crate) fn into_store(self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => Arc::new(store),
            Self::Postgres(store) => store,
        }
    }

    /// Borrows the store for the use cases.
    pub(crate) fn store(&self) -> &dyn Store {
        match self {
            Self::Sqlite(store) => store,
            Self::Postgres(store) => &**store,
        }
    }

    /// Returns the notifications of writes by other servers, if the backend has them.
    pub(crate) fn news(&self) -> Option<News> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(store) => Some(store.news()),
        }
    }

    /// Returns the problems found by an integrity check; empty when there are none.
    pub(crate) async fn complaints(&self) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Sqlite(store) => store.integrity().await,
            Self::Postgres(store) => store.integrity().await,
        }
    }
}

/// Parses the location named by the options.
pub(crate) fn place(common: &Common) -> Result<Place, Failure> {
    match &common.database {
        Some(url) => place_at(url),
        None => Ok(Place::File(common.data.join(FILE_NAME))),
    }
}

/// Parses an address as a location.
pub(crate) fn place_at(url: &str) -> Result<Place, Failure> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let environment = |name: &str| std::env::var(name).ok();
        // The address itself is not quoted: it may contain a password.
        return Address::parse(url, &environment).map(|address| Place::Server(Box::new(address))).map_err(
            |error| {
                Failure::usage(format!("the address of the database cannot be used: {error}"))
                    .then("Write postgres://USER@HOST/NAME; several hosts are separated by commas.")
            },
        );
    }
    match url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
        Some(path) if !path.is_empty() => Ok(Place::File(PathBuf::from(path))),
        _ => Err(Failure::usage(format!("`{}` is not the address of a database", shown(url))).then(
            "Write postgres://USER@HOST/NAME or sqlite:PATH. Without --database, it is SQLite in the folder of --data.",
        )),
    }
}

/// Returns an invalid address without its user, password and parameters.
fn shown(url: &str) -> &str {
    let address = url.split('?').next().unwrap_or_default();
    address.rsplit_once('@').map_or(address, |(_, host)| host)
}

/// Opens the database named by the options.
pub(crate) async fn open(
    common: &Common,
    missing: Missing,
    readers: Option<usize>,
) -> Result<Database, Failure> {
    match place(common)? {
        Place::File(path) => {
            if !path.exists() {
                if missing == Missing::Refuse {
                    return Err(no_file(&path));
                }
                if common.database.is_none() {
                    create_folder(&common.data)?;
                }
                reserve(&path);
            }
            open_file(path, readers).map(Database::Sqlite)
        }
        Place::Server(address) => {
            open_server(*address, missing, readers).await.map(|store| Database::Postgres(Arc::new(store)))
        }
    }
}

fn no_file(path: &Path) -> Failure {
    Failure::failed(format!("there is no database at {}", path.display()))
        .then("`epissure operator add` makes one, and so does `epissure serve`; --data says in which folder.")
}

async fn open_server(
    address: Address,
    missing: Missing,
    readers: Option<usize>,
) -> Result<PostgresStore, Failure> {
    let mut settings = epissure_store_postgres::Settings::new(address);
    settings.create = missing == Missing::Create;
    if let Some(readers) = readers {
        (settings.readers, settings.writers) = (readers, readers);
    }
    PostgresStore::open(&settings).await.map_err(|error| cannot_use(&settings.address, &error))
}

/// Formats the reason why a database on a server cannot be used.
pub(crate) fn cannot_use(address: &Address, error: &OpenError) -> Failure {
    tracing::debug!(%error, %address, "the database cannot be opened");
    let cannot =
        |next: &str| Failure::failed(format!("the database {address} cannot be used: {error}")).then(next);
    match error {
        OpenError::Refused { .. } => cannot(
            "Check the address, that the server runs and that the database exists; the password comes from PGPASSFILE \
             or PGPASSWORD. `psql` must get in with the same.",
        ),
        OpenError::Empty => cannot("`epissure database migrate` makes them, and so does `epissure serve`."),
        OpenError::TooOld { .. } => cannot("Move the database to a newer server."),
        OpenError::Encoding { .. } => {
            cannot("Make another one: createdb --encoding UTF8 --template template0 NAME.")
        }
        OpenError::Rights { .. } => cannot(
            "Run `epissure database migrate` as the role that owns the database, and let this one read and write its \
             tables; or make it the owner.",
        ),
        OpenError::Store(StoreError::NewerSchema) => {
            Failure::failed(format!("the database {address} was written by a newer version of epissure"))
                .then("Run that version, or restore a backup made before it was installed.")
        }
        OpenError::Store(StoreError::Unfinished { of }) => unfinished(address, of),
        OpenError::Store(StoreError::InUse(by)) => in_use(address, by),
        OpenError::Store(_) => cannot("Try again; if it stays so, look at the server's log."),
    }
}

/// Formats the refusal of a database that contains an unfinished copy: using it would lose the
/// missing rows.
fn unfinished(database: &dyn fmt::Display, of: &str) -> Failure {
    Failure::failed(format!("the database {database} holds an unfinished copy of {of}")).then(
        "Start the same `epissure database copy` again: it goes on where it was broken off, and gives the database free once \
         all is there.",
    )
}

fn in_use(database: &dyn fmt::Display, by: &str) -> Failure {
    Failure::failed(format!("the database {database} is in use: {by}"))
        .then("Nobody else may use the target of a copy: stop its servers and what else is connected, and copy again.")
}

/// Creates the empty file of a new database, readable by its owner only; SQLite gives its other
/// files the same permissions. Errors are ignored here, and reported when the database is opened.
pub(crate) fn reserve(path: &Path) {
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
pub(crate) async fn open_app(common: &Common, missing: Missing) -> Result<App, Failure> {
    Ok(app(open(common, missing, Some(1)).await?.into_store(), Settings::default()))
}

/// Returns the author of the command's writes, for the audit: the account name in the environment.
pub(crate) fn author(app: &App) -> Author {
    let name = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    Author::person(name.unwrap_or_else(|| "unknown".to_owned()), app.clock.now())
}

/// Returns the use cases over a database, with the system's clock and randomness.
pub(crate) fn app(store: Arc<dyn Store>, settings: Settings) -> App {
    App::new(store, Arc::new(SystemClock), Arc::new(SystemEntropy), settings)
}

/// Creates a folder that only its owner can read: it will contain personal data of the operators'
/// clients.
pub(crate) fn create_folder(folder: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
        Failure::failed(format!("the folder {} cannot be made: {error}", folder.display()))
            .then("Choose another with --data, or let this user write there.")
    })
}

/// Formats the reason why a database file cannot be opened.
pub(crate) fn cannot_open(path: &Path, error: &StoreError) -> Failure {
    let shown = path.display();
    tracing::debug!(%error, path = %shown, "the database cannot be opened");
    match error {
        StoreError::NewerSchema => {
            Failure::failed(format!("the database {shown} was written by a newer version of epissure"))
                .then("Run that version, or restore a backup made before it was installed.")
        }
        StoreError::Unfinished { of } => unfinished(&shown, of),
        StoreError::InUse(by) => in_use(&shown, by),
        StoreError::Unavailable(cause) => Failure::failed(format!(
            "the database {shown} cannot be opened: {cause}"
        ))
        .then("Check that its folder exists, that this user may write in it, and that the disk is not full."),
        _ => Failure::failed(format!("{shown} is not a database of epissure, or is damaged"))
            .then("Check --data and --database; restore a backup if it is the right file."),
    }
}
