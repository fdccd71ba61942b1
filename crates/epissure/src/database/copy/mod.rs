//! `epissure database copy`: copies the whole content of a database to another one.

mod progress;
mod report;

use std::path::{Path, PathBuf};

use clap::Args;
use epissure_app::clock::{Clock as _, SystemClock};
use epissure_store::StoreError;
use epissure_store::archive::{self, Archive, Copying, Difference, Limits, Side, Stopped};
use epissure_store_postgres::PostgresArchive;
use epissure_store_sqlite::{FILE_NAME, SqliteArchive};

use crate::cli::Common;
use crate::failure::Failure;
use crate::store::{self, Place};
use progress::Progress;
use report::Report;

/// Copy all data to another database: SQLite to PostgreSQL, back, or between two of one kind
///
/// Stop the servers of the source first. The target must be empty, or hold an interrupted copy of
/// the same source: the copy then resumes. Every table is compared on both sides before the target
/// can be used. Attached files are not in the database and are not copied.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  epissure database copy --from sqlite:/var/lib/epissure --to postgres://epissure@db.example/epissure"
)]
pub(crate) struct Options {
    /// Source, as sqlite:PATH or postgres://USER@HOST/NAME; PATH is a file or a folder of --data
    #[arg(long, value_name = "URL")]
    from: String,
    /// Target, in the same form; a missing SQLite file is created
    #[arg(long, value_name = "URL")]
    to: String,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    let (from, to) = (place(&options.from, "--from")?, place(&options.to, "--to")?);
    let names = Names { from: from.to_string(), to: to.to_string() };
    if names.from == names.to {
        return Err(Failure::usage(format!("--from and --to are both {}", names.from))
            .then("Give the address of another database with --to."));
    }
    let source = open_source(&from).await?;
    let target = open_target(&to).await?;
    let copying =
        Copying { source: &*source, target: &*target, name: &names.from, limits: Limits::default() };
    let mut progress = Progress::new();
    let copied = archive::copy(&copying, SystemClock.now(), &mut |at| progress.at(at)).await;
    drop(progress);
    let copied = copied.map_err(|stopped| explain(stopped, &names, &to))?;
    Report { names: &names, copied: &copied }.tell(common, options.json)
}

/// Names of the two databases, without passwords.
struct Names {
    from: String,
    to: String,
}

/// Parses the address of a database. A file gets its absolute path, so that a copy can be resumed
/// from another folder.
fn place(url: &str, option: &str) -> Result<Place, Failure> {
    let place = store::place_at(url).map_err(|failure| failure.of(option))?;
    let Place::File(path) = place else { return Ok(place) };
    let path = if path.is_dir() { path.join(FILE_NAME) } else { path };
    Ok(Place::File(whole(&path)))
}

fn whole(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        // A missing folder is reported when the file is opened.
        _ => path.to_owned(),
    }
}

async fn open_source(place: &Place) -> Result<Box<dyn Archive>, Failure> {
    match place {
        Place::File(path) if !path.exists() => {
            Err(Failure::failed(format!("there is no database at {}", path.display()))
                .then("Check --from: it names the file, or the folder that a server has as --data."))
        }
        Place::File(path) => match SqliteArchive::source(path) {
            Ok(archive) => Ok(Box::new(archive)),
            Err(error) => Err(store::cannot_open(path, &error)),
        },
        Place::Server(address) => {
            let mut settings = epissure_store_postgres::Settings::new((**address).clone());
            settings.create = false;
            match PostgresArchive::source(&settings).await {
                Ok(archive) => Ok(Box::new(archive)),
                Err(error) => Err(store::cannot_use(address, &error)),
            }
        }
    }
}

async fn open_target(place: &Place) -> Result<Box<dyn Archive>, Failure> {
    match place {
        Place::File(path) => {
            store::reserve(path);
            match SqliteArchive::target(path) {
                Ok(archive) => Ok(Box::new(archive)),
                Err(error) => Err(store::cannot_open(path, &error)),
            }
        }
        Place::Server(address) => {
            let settings = epissure_store_postgres::Settings::new((**address).clone());
            match PostgresArchive::target(&settings).await {
                Ok(archive) => Ok(Box::new(archive)),
                Err(error) => Err(store::cannot_use(address, &error)),
            }
        }
    }
}

/// Formats the reason why a copy did not finish, and what to do next.
fn explain(stopped: Stopped, names: &Names, to: &Place) -> Failure {
    let Names { from, to: target } = names;
    let empty = emptied(to);
    let anew = format!("Stop the servers of {from}. {empty} Then copy again.");
    let (sentence, next) = match stopped {
        Stopped::Failed(side, error) => return failed(side, error, names),
        Stopped::NotEmpty(tables) => (
            format!(
                "the target {target} is not empty, and nothing was written. It has rows in\n{}",
                counted(&tables)
            ),
            format!("Copy to a database that is new. {empty}"),
        ),
        Stopped::AnotherSource(other) => (
            format!("the target {target} holds an unfinished copy of {other}, not of {from}"),
            format!("Go on with that one, --from as it was written then; or begin anew. {empty}"),
        ),
        Stopped::Moved(found) => (
            format!("the source {from} is not any more what it was when this copy began:\n{}", shown(&found)),
            anew,
        ),
        Stopped::Differs(found) => (
            format!("the copy is not what {from} holds, and {target} cannot be used:\n{}", shown(&found)),
            format!(
                "{anew} If it differs once more, `epissure database check` tells whether the source is sound."
            ),
        ),
        Stopped::Outrun { audited } => (
            format!(
                "the copy is what {from} held when it began, but that was {} meanwhile, which is not in it",
                used(audited)
            ),
            format!(
                "Stop the servers of {from}, and start the same command again: it adds what is new. If rows that \
                 had arrived were changed, it says so."
            ),
        ),
    };
    Failure::failed(sentence).then(&next)
}

fn counted(tables: &[(&str, u64)]) -> String {
    tables.iter().map(|(table, rows)| format!("  {table}: {rows}")).collect::<Vec<_>>().join("\n")
}

/// Describes the number of writes to a database that should not have been in use.
fn used(audited: i64) -> String {
    match audited {
        0 => "used".to_owned(),
        1 => "written to once".to_owned(),
        writes => format!("written to {writes} times"),
    }
}

/// Describes how to empty a target.
fn emptied(to: &Place) -> String {
    match to {
        Place::File(path) => {
            let file = path.display();
            format!("Remove {file}, and {file}-wal and {file}-shm if they are there.")
        }
        Place::Server(_) => {
            "Make a new one with createdb, or empty this one with psql: DROP SCHEMA public CASCADE; CREATE SCHEMA public."
                .to_owned()
        }
    }
}

fn shown(found: &[Difference]) -> String {
    let line = |difference: &Difference| {
        let Difference { table, source, target, first } = difference;
        let first = first.as_ref().map(|row| format!("; the first that differs: {row}")).unwrap_or_default();
        format!("  {table}: {source} in the source, {target} in the target{first}")
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn failed(side: Side, error: StoreError, names: &Names) -> Failure {
    let database = match side {
        Side::Source => &names.from,
        Side::Target => &names.to,
    };
    tracing::debug!(%error, %database, "the copy was aborted");
    let kept = "The rows that have arrived stay: start the same command again, and it goes on.";
    match error {
        StoreError::Unavailable(cause) => {
            Failure::failed(format!("the database {database} does not answer, or its disk is full: {cause}"))
                .then(kept)
        }
        StoreError::Inconsistent { table, row, what } => {
            Failure::failed(format!("a row of {} cannot be copied: {table}, {row}: {what}", names.from))
                .then("Mend it there, and start the same command again: the rows that have arrived stay.")
        }
        _ => Failure::failed(format!("the database {database} failed")).then(&format!(
            "--log debug says how; `epissure database check --database` tells whether it is sound. {kept}"
        )),
    }
}
