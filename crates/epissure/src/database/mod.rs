//! `epissure database`: what is under it all.

mod copy;

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use epissure_filter::{Options, Plan, Query};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::party::{INDIVIDUAL_LIST, ORGANIZATION_LIST};
use epissure_store::{CATALOG, INDIVIDUAL_CATALOG, ORGANIZATION_CATALOG, Store, StoreError, Viewer};
use serde_json::json;

use crate::failure::Failure;
use crate::options::Common;
use crate::store::{self, Database, Missing, Place};
use crate::{attachments, output, table};

mod index;

/// The database: bring it up to date, check it, copy it
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Bring the schema up to date, and make the database when there is none; `serve` does it too
    #[command(
        after_help = "Example:\n  epissure database migrate --data /var/lib/epissure\n  epissure database migrate \
                      --database postgres://epissure@db/epissure --gin"
    )]
    Migrate {
        /// Make the index of the texts in tickets too, while servers run: equality with members that have no column of
        /// their own is then as quick as the others. PostgreSQL only
        #[arg(long, env = "EPISSURE_GIN")]
        gin: bool,
    },
    /// Check that the database is sound and that no attached file is missing, and count what there is
    #[command(after_help = "Example:\n  epissure database check")]
    Check {
        /// As JSON, for programs
        #[arg(long, env = "EPISSURE_JSON")]
        json: bool,
    },
    /// Copy the database, as it is now, to a new file; a server may run meanwhile. Attached files are beside it, and are
    /// copied after it. SQLite only: PostgreSQL has pg_dump and pg_basebackup
    #[command(after_help = "Example:\n  epissure database backup /var/backups/epissure-$(date +%F).sqlite")]
    Backup {
        /// The file to make; one that exists is not overwritten
        #[arg(env = "EPISSURE_BACKUP_FILE")]
        file: PathBuf,
    },
    Copy(copy::Options),
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Migrate { gin } => migrate(common, gin).await,
        Verb::Check { json } => check(common, json).await,
        Verb::Backup { file } => backup(common, &file).await,
        Verb::Copy(options) => copy::run(common, &options).await,
    }
}

async fn migrate(common: &Common, gin: bool) -> Result<(), Failure> {
    let place = store::place(common)?;
    if gin && matches!(place, Place::File(_)) {
        return Err(Failure::usage(format!("{place} is a file of SQLite, which has no such index"))
            .then("Leave --gin out, or name a database of PostgreSQL with --database."));
    }
    let database = store::open(common, Missing::Create, Some(1)).await?;
    output::print(&format!("The database {place} is up to date."))?;
    match database {
        Database::Postgres(store) if gin => index::make(&store).await,
        _ => Ok(()),
    }
}

async fn check(common: &Common, json: bool) -> Result<(), Failure> {
    let place = store::place(common)?;
    let database = store::open(common, Missing::Refuse, Some(1)).await?;
    let complaints = database.complaints().await.map_err(|error| unreadable(&place, &error))?;
    let counts = count(database.store()).await.map_err(|error| unreadable(&place, &error))?;
    let verified = epissure_app::attachments::verify(database.store(), &attachments::open(common)?).await?;
    // What is said of a database on a server is not said of a file.
    let of = if matches!(place, Place::File(_)) { "file" } else { "schema" };
    if json {
        output::print_json(&json!({
            "database": place.to_string(),
            "sound": complaints.is_empty(),
            "complaints": complaints,
            "operators": counts.operators,
            "clients": counts.clients,
            "contracts": counts.contracts,
            "tickets": counts.tickets,
            "organizations": counts.organizations,
            "individuals": counts.individuals,
            "attachments": verified.readable,
            "attachmentsLost": verified.lost,
        }))?;
    } else {
        output::print(&table::pairs(&[
            ("database", place.to_string()),
            (of, if complaints.is_empty() { "sound".to_owned() } else { "damaged".to_owned() }),
            ("operators", counts.operators.to_string()),
            ("clients", counts.clients.to_string()),
            ("contracts", counts.contracts.to_string()),
            ("tickets", counts.tickets.to_string()),
            ("organizations", counts.organizations.to_string()),
            ("individuals", counts.individuals.to_string()),
            ("attachments", verified.readable.to_string()),
        ]))?;
    }
    if complaints.is_empty() && verified.lost.is_empty() {
        return Ok(());
    }
    if complaints.is_empty() {
        let lost: Vec<String> = verified.lost.iter().map(ToString::to_string).collect();
        return Err(Failure::failed(format!(
            "{} attachments have no content in {}:\n  {}",
            lost.len(),
            attachments::place(common),
            lost.join("\n  ")
        ))
        .then(
            "Check --attachments, and that its disk is there; restore what is missing from the last backup.",
        ));
    }
    Err(Failure::failed(format!("the {of} {place} is damaged:\n  {}", complaints.join("\n  "))).then(
        match place {
            Place::File(_) => "Stop the server, keep the file aside, and restore the last backup.",
            Place::Server(_) => "Let the administrator of PostgreSQL mend it.",
        },
    ))
}

struct Counts {
    operators: usize,
    clients: usize,
    contracts: usize,
    tickets: u64,
    organizations: u64,
    individuals: u64,
}

async fn count(store: &dyn Store) -> Result<Counts, StoreError> {
    let operators = store.operators().await?;
    let options = Options::default();
    let unexpected = |error: epissure_filter::QueryError| StoreError::Unexpected(error.to_string());
    let everything = Query::parse("", &Dialect::Orange10, &options).map_err(unexpected)?;
    let everybody = Query::parse_closed("", &INDIVIDUAL_LIST, &options).map_err(unexpected)?;
    let everywhere = Query::parse_closed("", &ORGANIZATION_LIST, &options).map_err(unexpected)?;
    let now = epissure_app::clock::Clock::now(&epissure_app::clock::SystemClock);
    let (mut tickets, mut individuals) = (0, 0);
    // A ticket belongs to exactly one OI, an individual to one operator, and an operator is never removed.
    for operator in &operators {
        let plan = Plan::new(&everything, &CATALOG);
        tickets += store.count(Viewer::Oi(operator.code.clone()), plan, now).await?;
        let plan = Plan::new(&everybody, &INDIVIDUAL_CATALOG);
        individuals += store.count_individuals(&operator.code, plan).await?;
    }
    Ok(Counts {
        operators: operators.len(),
        clients: store.clients().await?.len(),
        contracts: store.contracts().await?.len(),
        tickets,
        organizations: store.count_organizations(Plan::new(&everywhere, &ORGANIZATION_CATALOG)).await?,
        individuals,
    })
}

fn unreadable(place: &Place, error: &StoreError) -> Failure {
    tracing::debug!(%error, "the database cannot be read");
    Failure::failed(format!("the database {place} cannot be read")).then(match place {
        Place::File(_) => {
            "If its disk is sound, the file is damaged: keep it aside, and restore the last backup."
        }
        Place::Server(_) => "--log debug says what the server answers.",
    })
}

async fn backup(common: &Common, file: &Path) -> Result<(), Failure> {
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
    // Made by us, empty, for its owner only: nothing is overwritten, and the copy is as private as the original.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    made.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::failed(format!("{shown} exists and is not overwritten"))
                .then("Give the name of a new file, or remove that one.")
        }
        _ => Failure::failed(format!("{shown} cannot be made: {error}"))
            .then("Choose a folder that exists and where this user may write."),
    })?;
    if let Err(error) = store.backup(file.to_owned()).await {
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
