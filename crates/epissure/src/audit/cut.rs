//! `epissure audit cut`.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use clap::Args;
use epissure_app::audit;
use epissure_store::AuditRow;
use jiff::Timestamp;

use super::verify::{broken, verify};
use super::{key, parse_instant, unwritten};
use crate::cli::Common;
use crate::failure::Failure;
use crate::output;
use crate::store::{Missing, author, open_app};

/// Export the oldest rows to a file, and delete them behind a signed checkpoint
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure audit cut --before 2025-01-01 /var/archive/audit-2024.jsonl")]
pub(crate) struct Options {
    /// File to create for the rows
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Rows written before this instant or day
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    before: Timestamp,
    /// File of the key that seals the audit [default: audit.key in the folder of --data]
    #[arg(long, value_name = "FILE")]
    audit_key: Option<PathBuf>,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let Options { file, before, audit_key } = options;
    let app = open_app(common, Missing::Refuse).await?;
    let path = key::path(common, audit_key);
    let seal_key = key::load(&path)?.ok_or_else(|| {
        Failure::failed(format!("there is no audit key at {}", path.display()))
            .then("The first `epissure serve` creates it; name it with --audit-key.")
    })?;
    // Verified first: rows that were cut cannot be verified in the database.
    verify(&app, None, &path).await?;
    let shown = file.display();
    let mut to = BufWriter::new(File::create_new(&file).map_err(|error| {
        Failure::failed(format!("{shown} cannot be created: {error}"))
            .then("Name a file that does not exist.")
    })?);
    let (mut last, mut rows): (Option<AuditRow>, u64) = (None, 0);
    let mut reading = audit::read(&app);
    'all: loop {
        let batch = reading.next().await?;
        if batch.is_empty() {
            break;
        }
        for row in batch {
            if row.at >= before {
                break 'all;
            }
            let line = serde_json::to_string(&row).map_err(|error| broken(error.to_string()))?;
            writeln!(to, "{line}").map_err(unwritten)?;
            rows += 1;
            last = Some(row);
        }
    }
    let exported = to.into_inner().map_err(|error| unwritten(error.into_error()))?;
    exported.sync_all().map_err(unwritten)?;
    let Some(last) = last else {
        return output::print(&format!("No row is that old: {shown} is empty, and nothing was deleted."));
    };
    let cut = audit::cut(&app, &seal_key, &last, &author(&app)).await?;
    output::print(&format!(
        "{rows} rows written to {shown}, and {cut} deleted, up to number {}. Its hash, which begins the rest:\n\n  {}",
        last.number, last.hash
    ))
}
