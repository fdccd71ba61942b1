//! `epissure party import`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;
use epissure_app::App;
use epissure_app::directory::import::{self, Stopped};
use epissure_protocol::names::OperatorCode;

use super::documents::{Documents, Entry, Format};
use super::progress::Progress;
use super::report::Report;
use crate::cli::Common;
use crate::failure::Failure;
use crate::store::{Missing, author, open_app};

/// Import organizations and individuals from a file, also while a server runs
///
/// JSON Lines: one TMF632 Organization or Individual per line, by its @type. CSV: a line of column
/// names, then one party per row. docs/guide/administrator.md lists the columns and the checks.
///
/// A party that already exists is updated: importing a file twice adds nothing. A refused line does
/// not stop the import; the exit status is then 1.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  epissure party import organizations.csv\n  epissure party import people.jsonl --operator SFRA --refused refused.jsonl"
)]
pub(crate) struct Options {
    /// File to import; `-` reads standard input
    file: PathBuf,
    /// Code of the operator that owns the individuals of the file
    #[arg(long, value_name = "CODE")]
    operator: Option<OperatorCode>,
    /// Format of the file [default: detected from its first line]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// File to create for the refused lines and their reasons (JSON Lines)
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let Options { file, operator, format, refused, json } = options;
    let app = open_app(common, Missing::Refuse).await?;
    if let Some(operator) = &operator {
        import::check_owner(&app, operator).await?;
    }
    let (from, bytes) = open(&file)?;
    let documents = Documents::open(from, format)?;
    let mut report = Report::new(refused.as_deref())?;
    import(&app, operator.as_ref(), documents, bytes, &mut report).await?;
    report.tell(json)
}

/// Opens the file. Returns its size in bytes if known.
fn open(path: &Path) -> Result<(Box<dyn BufRead>, Option<u64>), Failure> {
    if path == Path::new("-") {
        return Ok((Box::new(BufReader::new(io::stdin())), None));
    }
    let shown = path.display();
    let file =
        File::open(path).map_err(|error| Failure::failed(format!("{shown} cannot be opened: {error}")))?;
    let kind =
        file.metadata().map_err(|error| Failure::failed(format!("{shown} cannot be read: {error}")))?;
    if kind.is_dir() {
        return Err(Failure::failed(format!("{shown} is a folder, where a file is expected")));
    }
    Ok((Box::new(BufReader::new(file)), kind.is_file().then_some(kind.len())))
}

/// Imports batch after batch: the memory in use does not grow with the file.
async fn import(
    app: &App,
    owner: Option<&OperatorCode>,
    mut documents: Documents<impl BufRead>,
    bytes: Option<u64>,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut progress = Progress::new(bytes);
    loop {
        let batch = documents.batch()?;
        if batch.is_empty() {
            return Ok(());
        }
        import_batch(app, owner, batch, report).await?;
        progress.at(documents.read());
    }
}

async fn import_batch(
    app: &App,
    owner: Option<&OperatorCode>,
    batch: Vec<Entry>,
    report: &mut Report,
) -> Result<(), Failure> {
    let (mut lines, mut objects) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
    for Entry { line, document } in batch {
        lines.push((line, document.map(|object| objects.push(object))));
    }
    let outcomes = import::import(app, owner, &objects, &author(app)).await.map_err(|stopped| {
        let read = lines.iter().filter(|(_, document)| document.is_ok()).map(|(line, _)| *line);
        explain(stopped, read, report.kept())
    })?;
    let mut outcomes = outcomes.into_iter();
    for (line, document) in lines {
        match document {
            Ok(()) => {
                if let Some(outcome) = outcomes.next() {
                    report.add(line, outcome)?;
                }
            }
            Err(reason) => report.refuse(line, vec![reason])?,
        }
    }
    Ok(())
}

/// Formats the reason why an import stopped early, and the lines that remain.
fn explain(stopped: Stopped, mut lines: impl Iterator<Item = u64>, kept: u64) -> Failure {
    let failure = match stopped {
        Stopped::Ownerless(place) => {
            let line = lines.nth(place).unwrap_or_default();
            Failure::usage(format!("line {line} is an individual, and individuals belong to an operator"))
                .then("Say to which one: --operator CODE.")
        }
        Stopped::Failed(problem) => problem.into(),
    };
    match kept {
        0 => failure,
        kept => failure.then(&format!(
            "The {kept} parties before stay imported: import the whole file again, it adds nothing twice."
        )),
    }
}
