//! `epissure party`: the directory of organizations and individuals.

mod csv;
mod documents;
mod lines;
mod progress;
mod report;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use epissure_app::App;
use epissure_app::directory::import::{self, Stopped};
use epissure_protocol::names::OperatorCode;

use crate::failure::Failure;
use crate::options::Common;
use crate::store::{Missing, author, open_app};
use documents::{Documents, Entry, Format};
use progress::Progress;
use report::Report;

/// The directory: organizations, and the individuals of each operator
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Import organizations and individuals from a file; a server may run meanwhile
    ///
    /// JSON Lines: one TMF632 Organization or Individual a line, by its @type. CSV: a line of column names, then one
    /// party a row. docs/guide/administrator.md has the columns and what is refused.
    ///
    /// A party that is there already is brought up to date: to import a file twice adds nothing. A line that is refused
    /// leaves the others as they are; the exit status is then 1.
    #[command(
        after_help = "Example:\n  epissure party import organizations.csv\n  epissure party import people.jsonl --operator SFRA --refused refused.jsonl"
    )]
    Import {
        /// The file; `-` reads standard input
        #[arg(env = "EPISSURE_PARTY_FILE")]
        file: PathBuf,
        /// The code of the operator to whom the individuals of the file belong
        #[arg(long, value_name = "CODE", env = "EPISSURE_PARTY_OPERATOR")]
        operator: Option<OperatorCode>,
        /// How the file is written [default: what its first line looks like]
        #[arg(long, value_enum, value_name = "FORMAT", env = "EPISSURE_PARTY_FORMAT")]
        format: Option<Format>,
        /// A file to make, with the number of every refused line and the reasons (JSON Lines)
        #[arg(long, value_name = "FILE", env = "EPISSURE_PARTY_REFUSED")]
        refused: Option<PathBuf>,
        /// The report as JSON, for programs
        #[arg(long, env = "EPISSURE_JSON")]
        json: bool,
    },
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    let Verb::Import { file, operator, format, refused, json } = verb;
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

/// The file, and how many bytes it has when that is known.
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

/// Imports batch after batch: what is held does not grow with the file.
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

/// Why an import ended before the end of the file, and what remains of it.
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
