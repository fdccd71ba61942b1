//! `epissure audit verify`.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;
use epissure_app::App;
use epissure_app::audit::{self, Verified, Verifier};

use super::key;
use crate::cli::Common;
use crate::failure::Failure;
use crate::output;
use crate::store::{Missing, open_app};

/// Check that no row of the audit was changed, removed or inserted
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  epissure audit verify\n  epissure audit verify --head 5f0c…  # hash printed by an earlier verification"
)]
pub(crate) struct Options {
    /// Hash that must still be in the audit; without it, rows removed at the end are not found
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
    /// Verify a file of `audit export` instead of the database
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// File of the key that seals the audit [default: audit.key in the folder of --data, if it
    /// exists]
    #[arg(long, value_name = "FILE")]
    audit_key: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    let Options { head, file, audit_key, json } = options;
    let verified = match file {
        Some(file) => verify_file(&file, head)?,
        None => {
            let app = open_app(common, Missing::Refuse).await?;
            verify(&app, head, &key::path(common, audit_key)).await?
        }
    };
    print(verified, json)
}

/// Verifies the rows in the database against the given hash, or against the last seal of this
/// machine.
pub(super) async fn verify(app: &App, head: Option<String>, key_path: &Path) -> Result<Verified, Failure> {
    let key = key::load(key_path)?;
    // The last row that this machine sealed must still exist, unless it was cut since.
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

/// Returns the failure of an incomplete audit.
pub(super) fn broken(sentence: String) -> Failure {
    Failure::failed(format!("the audit is not complete: {sentence}")).then(
        "Compare it with an older export or backup, and find out which accounts could write to the database.",
    )
}

fn print(verified: Verified, json: bool) -> Result<(), Failure> {
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
        "The audit is complete: {} rows, up to number {}. {sealed}\n\n  {}\n\nStore this hash elsewhere: `epissure audit \
         verify --head HASH` later proves that no row up to it was changed or removed.",
        verified.rows, verified.number, verified.head
    ))
}
