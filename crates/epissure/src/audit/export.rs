//! `epissure audit export`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use epissure_app::App;
use epissure_app::audit;
use epissure_store::AuditRow;
use jiff::Timestamp;

use super::{parse_instant, unwritten};
use crate::cli::Common;
use crate::failure::Failure;
use crate::output;
use crate::store::{Missing, open_app};

/// Write the audit as JSON Lines
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  epissure audit export audit.jsonl\n  epissure audit export --subject 22e61758-924d-4ad7-b259-e4fcb1ea8808"
)]
pub(crate) struct Options {
    /// File to create [default: standard output]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Only rows from this instant or day on
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    from: Option<Timestamp>,
    /// Only rows before this instant or day
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    to: Option<Timestamp>,
    /// Only rows about this ticket, individual, client or contract (FTEL/SFRA)
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let app = open_app(common, Missing::Refuse).await?;
    let wanted = |row: &AuditRow| {
        options.from.is_none_or(|from| row.at >= from)
            && options.to.is_none_or(|to| row.at < to)
            && options.subject.as_ref().is_none_or(|subject| row.subject == *subject)
    };
    export(&app, options.file.as_deref(), &wanted).await
}

async fn export(app: &App, file: Option<&Path>, wanted: &dyn Fn(&AuditRow) -> bool) -> Result<(), Failure> {
    match file {
        None => write(app, io::stdout().lock(), wanted).await.map(drop),
        Some(path) => {
            let shown = path.display();
            let file = File::create_new(path).map_err(|error| {
                Failure::failed(format!("{shown} cannot be created: {error}"))
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
                // The reader has closed the pipe, as `head` does.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(written),
                Err(error) => return Err(unwritten(error)),
            }
        }
    }
}
