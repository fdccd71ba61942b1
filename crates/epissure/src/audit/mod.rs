//! `epissure audit`: who did what, when, from where; whether the record is whole.

mod cut;
pub(crate) mod key;
pub(crate) mod seal;

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use epissure_app::App;
use epissure_app::audit::{self, Verified, Verifier};
use epissure_protocol::instant;
use epissure_store::AuditRow;
use jiff::Timestamp;

use crate::failure::Failure;
use crate::options::Common;
use crate::output;
use crate::store::{Missing, open_app};

/// The audit: who did what, when, from where, on every write
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Check that nothing of the audit was changed, taken out or put between
    #[command(
        after_help = "Example:\n  epissure audit verify\n  epissure audit verify --head 5f0c…  # the hash that an earlier one has printed"
    )]
    Verify {
        /// A hash that was printed before, and that must still be there: without it, rows missing at the end cannot be seen
        #[arg(long, value_name = "HASH", env = "EPISSURE_AUDIT_HEAD")]
        head: Option<String>,
        /// A file that `audit export` has made, in the place of the database
        #[arg(long, value_name = "FILE", env = "EPISSURE_AUDIT_FILE")]
        file: Option<PathBuf>,
        /// The file of the key with which servers seal the audit [default: audit.key in the folder of --data, if there]
        #[arg(long, value_name = "FILE")]
        audit_key: Option<PathBuf>,
        /// As JSON, for programs
        #[arg(long, env = "EPISSURE_JSON")]
        json: bool,
    },
    /// Export the oldest rows to a file, and delete them from the database behind a signed checkpoint
    #[command(
        after_help = "Example:\n  epissure audit cut --before 2025-01-01 /var/archive/audit-2024.jsonl"
    )]
    Cut {
        /// Where the rows go; it must not be there
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Rows written before this instant or day
        #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
        before: Timestamp,
        /// The file of the key of the audit [default: audit.key in the folder of --data]
        #[arg(long, value_name = "FILE")]
        audit_key: Option<PathBuf>,
    },
    /// Write the audit out, one row a line, as JSON
    #[command(
        after_help = "Example:\n  epissure audit export audit.jsonl\n  epissure audit export --subject 22e61758-924d-4ad7-b259-e4fcb1ea8808"
    )]
    Export {
        /// Where to; it must not be there [default: standard output]
        #[arg(value_name = "FILE", env = "EPISSURE_AUDIT_TO_FILE")]
        file: Option<PathBuf>,
        /// What was done from this instant or day on
        #[arg(long, value_name = "INSTANT", value_parser = parse_instant, env = "EPISSURE_AUDIT_FROM")]
        from: Option<Timestamp>,
        /// What was done before this instant or day
        #[arg(long, value_name = "INSTANT", value_parser = parse_instant, env = "EPISSURE_AUDIT_TO")]
        to: Option<Timestamp>,
        /// What was done to one thing: a ticket, an individual, a client, a contract (FTEL/SFRA)…
        #[arg(long, value_name = "ID", env = "EPISSURE_AUDIT_SUBJECT")]
        subject: Option<String>,
    },
}

fn parse_instant(text: &str) -> Result<Timestamp, String> {
    instant::parse(text)
        .ok_or_else(|| "an instant is written 2026-01-31T17:00:00Z, a day 2026-01-31".to_owned())
}

pub(crate) async fn run(common: &Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Verify { head, file: Some(file), json, .. } => said(verify_file(&file, head)?, json),
        Verb::Verify { head, file: None, audit_key, json } => {
            let app = open_app(common, Missing::Refuse).await?;
            let path = key::path(common, audit_key);
            said(verify(&app, head, &path).await?, json)
        }
        Verb::Cut { file, before, audit_key } => cut::run(common, &file, before, audit_key).await,
        Verb::Export { file, from, to, subject } => {
            let app = open_app(common, Missing::Refuse).await?;
            let wanted = |row: &AuditRow| {
                from.is_none_or(|from| row.at >= from)
                    && to.is_none_or(|to| row.at < to)
                    && subject.as_ref().is_none_or(|subject| row.subject == *subject)
            };
            export(&app, file.as_deref(), &wanted).await
        }
    }
}

async fn verify(app: &App, head: Option<String>, key_path: &Path) -> Result<Verified, Failure> {
    let key = key::load(key_path)?;
    // What this machine has sealed last must still be there, unless it was cut since.
    let cut = audit::checkpoint(app).await?.map_or(0, |checkpoint| checkpoint.number);
    let kept = key::read_head(key_path).filter(|(number, _)| *number > cut);
    let expected = head.or_else(|| kept.map(|(_, hash)| hash));
    let verifier = Verifier::expecting(expected).with_key(key);
    audit::verify(app, verifier).await?.map_err(broken)
}

fn verify_file(file: &Path, head: Option<String>) -> Result<Verified, Failure> {
    let shown = file.display();
    let unreadable = |error: io::Error| Failure::failed(format!("{shown} cannot be read: {error}"));
    let mut verifier = Verifier::expecting(head);
    for (number, line) in BufReader::new(File::open(file).map_err(unreadable)?).lines().enumerate() {
        let row = serde_json::from_str(&line.map_err(unreadable)?).map_err(|_| {
            Failure::failed(format!("line {} of {shown} is no row of the audit", number + 1)).then(
                "Give the file as `epissure audit export` has made it, without --from, --to or --subject.",
            )
        })?;
        verifier.take(&row).map_err(broken)?;
    }
    verifier.end().map_err(broken)
}

fn broken(sentence: String) -> Failure {
    Failure::failed(format!("the audit is not whole: {sentence}"))
        .then("Compare with an export or a backup that was made before, and find out who could write to the database.")
}

fn said(verified: Verified, json: bool) -> Result<(), Failure> {
    if json {
        return output::print_json(&verified);
    }
    let sealed = match verified.sealed {
        Some(number) => format!("Authenticated by the key up to number {number}."),
        None => {
            "No row is authenticated: a server seals the audit each minute with its --audit-key.".to_owned()
        }
    };
    output::print(&format!(
        "The audit is whole: {} rows, up to number {}. {sealed}\n\n  {}\n\nKeep this hash elsewhere: `epissure audit \
         verify --head` with it shows later that nothing up to here was changed or taken out.",
        verified.rows, verified.number, verified.head
    ))
}

async fn export(app: &App, file: Option<&Path>, wanted: &dyn Fn(&AuditRow) -> bool) -> Result<(), Failure> {
    match file {
        None => write(app, io::stdout().lock(), wanted).await.map(drop),
        Some(path) => {
            let shown = path.display();
            let file = File::create_new(path).map_err(|error| {
                Failure::failed(format!("{shown} cannot be made: {error}"))
                    .then("Name a file that does not exist.")
            })?;
            let rows = write(app, BufWriter::new(file), wanted).await?;
            output::print(&format!("{rows} rows written to {shown}."))
        }
    }
}

async fn write(app: &App, mut to: impl Write, wanted: &dyn Fn(&AuditRow) -> bool) -> Result<u64, Failure> {
    let mut reading = audit::read(app);
    let mut written = 0;
    loop {
        let rows = reading.next().await?;
        if rows.is_empty() {
            to.flush().map_err(unwritten)?;
            return Ok(written);
        }
        for row in rows.iter().filter(|row| wanted(row)) {
            let line = serde_json::to_string(row)
                .map_err(|error| Failure::failed(format!("a row cannot be written as JSON: {error}")))?;
            match writeln!(to, "{line}") {
                Ok(()) => written += 1,
                // The reader has had enough, as `head` has.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(written),
                Err(error) => return Err(unwritten(error)),
            }
        }
    }
}

fn unwritten(error: io::Error) -> Failure {
    Failure::failed(format!("the audit cannot be written: {error}"))
}
