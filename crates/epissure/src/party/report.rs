//! Report of an import: counts, the first refused lines, and a file of all refused lines.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use epissure_app::directory::import::{Became, Outcome};
use serde::Serialize;

use crate::failure::Failure;
use crate::{output, table};

/// Maximum number of refused lines shown, and of warnings.
const SHOWN: usize = 20;

/// A line, with a message about it.
#[derive(Debug, Serialize)]
struct Remark {
    line: u64,
    reasons: Vec<String>,
}

/// Results of the lines so far.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    added: u64,
    updated: u64,
    unchanged: u64,
    refused: u64,
    warned: u64,
    /// First refused lines.
    refusals: Vec<Remark>,
    /// First warnings.
    warnings: Vec<Remark>,
    #[serde(skip)]
    all_refusals: Option<Refusals>,
}

impl Report {
    /// Starts a report, with a file for all refused lines if given.
    pub(super) fn new(refusals: Option<&Path>) -> Result<Self, Failure> {
        Ok(Self { all_refusals: refusals.map(Refusals::create).transpose()?, ..Self::default() })
    }

    /// Counts the outcome of a line.
    pub(super) fn add(&mut self, line: u64, outcome: Outcome) -> Result<(), Failure> {
        let Outcome { became, warnings } = outcome;
        if !warnings.is_empty() {
            self.warned += 1;
            keep(&mut self.warnings, Remark { line, reasons: warnings });
        }
        match became {
            Became::Added => self.added += 1,
            Became::Updated => self.updated += 1,
            Became::Unchanged => self.unchanged += 1,
            Became::Refused(reasons) => return self.refuse(line, reasons),
        }
        Ok(())
    }

    /// Counts a refused line.
    pub(super) fn refuse(&mut self, line: u64, reasons: Vec<String>) -> Result<(), Failure> {
        self.refused += 1;
        let remark = Remark { line, reasons };
        if let Some(all) = &mut self.all_refusals {
            all.write(&remark)?;
        }
        keep(&mut self.refusals, remark);
        Ok(())
    }

    /// Returns the number of parties accepted: added, updated or unchanged.
    pub(super) const fn kept(&self) -> u64 {
        self.added + self.updated + self.unchanged
    }

    /// Prints the report. Fails when a line was refused.
    pub(super) fn tell(mut self, json: bool) -> Result<(), Failure> {
        let written = self.all_refusals.take().map(Refusals::finish).transpose()?.flatten();
        if json {
            output::print_json(&self)?;
        } else {
            output::print(&self.text())?;
        }
        if self.refused == 0 {
            return Ok(());
        }
        let all = self.refused + self.kept();
        let failure =
            Failure::failed(format!("{} of {all} parties were refused; the others are kept", self.refused));
        Err(failure.then(&match written {
            Some(path) => format!("{} says why of each. Import them again once they are right.", path.display()),
            None => "Import them again once they are right: what is there already stays. --refused FILE says why of each."
                .to_owned(),
        }))
    }

    fn text(&self) -> String {
        let mut text = table::pairs(&[
            ("added", self.added.to_string()),
            ("updated", self.updated.to_string()),
            ("unchanged", self.unchanged.to_string()),
            ("refused", self.refused.to_string()),
        ]);
        for (title, remarks, count) in [
            ("Refused", &self.refusals, self.refused),
            ("Kept, but look at them", &self.warnings, self.warned),
        ] {
            if count == 0 {
                continue;
            }
            text.push_str(&format!("\n{title}:\n"));
            for remark in remarks {
                text.push_str(&format!("  line {}: {}\n", remark.line, remark.reasons.join("; ")));
            }
            let more = count - remarks.len() as u64;
            if more > 0 {
                text.push_str(&format!("  and {more} more\n"));
            }
        }
        text
    }
}

fn keep(remarks: &mut Vec<Remark>, remark: Remark) {
    if remarks.len() < SHOWN {
        remarks.push(remark);
    }
}

/// The file of all refused lines, in JSON Lines.
#[derive(Debug)]
struct Refusals {
    path: PathBuf,
    file: BufWriter<File>,
    empty: bool,
}

impl Refusals {
    /// Creates the file. Only its owner can read it, because it may quote personal data of the
    /// lines.
    fn create(path: &Path) -> Result<Self, Failure> {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Failure::failed(format!("{} exists and is not overwritten", path.display()))
                    .then("Give --refused the name of a new file, or remove that one.")
            }
            _ => Failure::failed(format!("{} cannot be made: {error}", path.display()))
                .then("Give --refused a folder that exists and where this user may write."),
        })?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file), empty: true })
    }

    fn write(&mut self, remark: &Remark) -> Result<(), Failure> {
        self.empty = false;
        let line = serde_json::to_string(remark).unwrap_or_default();
        writeln!(self.file, "{line}").map_err(|error| self.failed(&error))
    }

    /// Closes the file. Deletes it if it is empty.
    fn finish(mut self) -> Result<Option<PathBuf>, Failure> {
        if self.empty {
            let _ = fs::remove_file(&self.path);
            return Ok(None);
        }
        self.file.flush().map_err(|error| self.failed(&error))?;
        Ok(Some(self.path))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::failed(format!("{} cannot be written: {error}", self.path.display()))
    }
}
