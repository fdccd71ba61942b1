//! `epissure attachment check`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use epissure_files::{Kind, Reason, Verdict, identify};
use serde::Serialize;

use crate::failure::Failure;
use crate::progress::Bar;
use crate::{output, table};

/// Check local files against the rules for attachments, without a server or a database
///
/// Folders are walked; their files with an extension that cannot be attached are counted and
/// skipped. No antivirus is called. The exit status is 1 when a file is rejected or cannot be read.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  epissure attachment check plan.pdf photos/\n  epissure attachment check --json archive/ > verdicts.json"
)]
pub(crate) struct Options {
    /// Files and folders
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON: each file with its verdict
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: Options) -> Result<(), Failure> {
    let Options { files, json } = options;
    let mut report = Report::default();
    let mut found = Vec::new();
    for path in files {
        report.skipped += walk(&path, &mut found)?;
    }
    let mut progress = Progress::new(found.len() as u64);
    for path in found {
        report.add(check(&path));
        progress.at(report.files.len() as u64);
    }
    drop(progress);
    if json {
        output::print_json(&report)?;
    } else {
        output::print(&report.text())?;
    }
    let failed = report.rejected + report.unreadable;
    if failed == 0 {
        return Ok(());
    }
    Err(Failure::failed(format!("{failed} of {} files would not be accepted", report.files.len())))
}

/// Collects a file, or the attachable files of a folder in the order of their names; returns the
/// number of skipped files.
///
/// Symbolic links to folders are not followed, so that a walk ends.
fn walk(path: &Path, found: &mut Vec<PathBuf>) -> Result<u64, Failure> {
    let unreadable =
        |error: io::Error| Failure::failed(format!("{} cannot be read: {error}", path.display()));
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        found.push(path.to_owned());
        return Ok(0);
    }
    let mut skipped = 0;
    let mut entries =
        fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(unreadable)?;
        let path = entry.path();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if kind.is_dir() {
            skipped += walk(&path, found)?;
        } else if kind.is_file() && Kind::of_extension(extension).is_some() {
            found.push(path);
        } else {
            skipped += 1;
        }
    }
    Ok(skipped)
}

/// A file and its verdict, in the contract's terms.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    status: Status,
    /// Value of `statusChangeReason` of an attachment.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Validated,
    Rejected,
    Unreadable,
}

fn check(path: &Path) -> Checked {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let identified = identify(&name, None);
    let kind = identified.as_ref().ok().map(|(_, kind)| *kind);
    let verdict = match identified {
        Err(reason) => Ok(Verdict::Rejected(reason)),
        Ok((_, kind)) => File::open(path).and_then(|mut file| epissure_files::check(&mut file, kind)),
    };
    let (status, reason, details) = match verdict {
        Ok(Verdict::Validated) => (Status::Validated, None, None),
        Ok(Verdict::Rejected(reason)) => (Status::Rejected, Some(word(reason)), Some(reason.to_string())),
        Err(error) => (Status::Unreadable, None, Some(format!("It cannot be read: {error}."))),
    };
    let kind = kind.map(|kind| kind.form().extensions[0]);
    Checked { file: path.to_string_lossy().into_owned(), kind, status, reason, details }
}

/// Returns a reason as the served contract spells it.
fn word(reason: Reason) -> String {
    reason.code().to_uppercase().replace('-', "_")
}

#[derive(Debug, Default, Serialize)]
struct Report {
    validated: u64,
    rejected: u64,
    unreadable: u64,
    /// Number of files in folders skipped because of their extensions.
    skipped: u64,
    files: Vec<Checked>,
}

impl Report {
    fn add(&mut self, checked: Checked) {
        match checked.status {
            Status::Validated => self.validated += 1,
            Status::Rejected => self.rejected += 1,
            Status::Unreadable => self.unreadable += 1,
        }
        self.files.push(checked);
    }

    /// Formats the files that a server would reject, then the counts of each kind.
    fn text(&self) -> String {
        let refused = self.files.iter().filter(|checked| checked.status != Status::Validated);
        let rows: Vec<_> = refused
            .map(|checked| {
                let reason = checked.reason.clone().unwrap_or_else(|| "UNREADABLE".to_owned());
                [reason, shown(&checked.file), checked.details.clone().unwrap_or_default()]
            })
            .collect();
        let mut text = String::new();
        if !rows.is_empty() {
            text = table::table(["REASON", "FILE", "WHAT TO DO"], rows) + "\n\n";
        }
        let mut kinds: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
        for checked in &self.files {
            let counts = kinds.entry(checked.kind.unwrap_or("other")).or_default();
            counts[usize::from(checked.status != Status::Validated)] += 1;
        }
        let all = [self.validated, self.rejected + self.unreadable];
        let counts = kinds.into_iter().chain([("all", all)]);
        let rows = counts.map(|(kind, [validated, refused])| {
            [kind.to_owned(), (validated + refused).to_string(), validated.to_string(), refused.to_string()]
        });
        text += &table::table(["KIND", "FILES", "VALIDATED", "REJECTED"], rows);
        if self.skipped > 0 {
            text += &format!("\n\n{} files of other extensions were skipped.", self.skipped);
        }
        text
    }
}

/// Formats a path without terminal control characters.
fn shown(path: &str) -> String {
    path.chars().map(|one| if one.is_control() { '\u{FFFD}' } else { one }).collect()
}

/// Number of files between two lines of the log.
const LOG_INTERVAL: u64 = 1000;

/// Progress display: a bar on a terminal, occasional lines in a log.
struct Progress {
    bar: Bar,
    files: u64,
}

impl Progress {
    fn new(files: u64) -> Self {
        Self { bar: Bar::new(Some(files), "{bar:30} {pos}/{len} files  {eta} left"), files }
    }

    fn at(&mut self, checked: u64) {
        if let Some(bar) = self.bar.shown() {
            bar.set_position(checked);
        } else if checked.is_multiple_of(LOG_INTERVAL) {
            eprintln!("{checked} of {} files checked…", self.files);
        }
    }
}
