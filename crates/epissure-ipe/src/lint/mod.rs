//! Checking IPE files: rules on each line, and rules on the whole file in bounded memory.
//!
//! ```
//! use epissure_ipe::lint::{LintOptions, LintRule, lint};
//!
//! let file = "IdentifiantImmeuble;CodeInseeImmeuble;CodePostalImmeuble;CommuneImmeuble\n\
//!             IMB/01053/X/0001;1053;01000;BOURG EN BRESSE\n";
//! let mut findings = Vec::new();
//! let report = lint(file.as_bytes(), LintOptions::default(), &mut |finding| findings.push(finding))?;
//!
//! let wrong = findings.iter().find(|finding| finding.rule == LintRule::InseeFormat).expect("four digits");
//! assert_eq!(wrong.sentence(), "1053 is not an INSEE code: five digits, or 2A or 2B and three digits.");
//! assert_eq!(wrong.suggestion.as_deref(), Some("01053"));
//! assert_eq!(report.rows, 1);
//! # Ok::<(), epissure_ipe::ReadError>(())
//! ```

mod address;
mod cells;
mod file;
mod finding;
mod identifiers;
mod places;
mod points;
mod repeats;
mod row;
mod rules;
mod states;

use std::collections::BTreeMap;
use std::io::Read;

use jiff::civil::Date;

pub use finding::LintFinding;
pub use rules::{LintRule, RULES, RuleEntry};

use crate::columns::{CATALOGUE, IpeColumn, Obligation};
use crate::encoding::RowEncoding;
use crate::header::Header;
use crate::line::{Line, LineFault};
use crate::reading::{IpeReader, ReadError};
use row::Row;

/// Facts from outside the file.
#[derive(Debug, Clone, Copy, Default)]
pub struct LintOptions {
    /// The day of the check; without it, no rule about the future runs.
    pub today: Option<Date>,
}

/// Counts of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintReport {
    /// Lines after the header.
    pub lines: u64,
    /// Lines that are rows of the file.
    pub rows: u64,
    counts: [u64; LintRule::COUNT],
}

impl LintReport {
    /// Number of findings of a rule.
    #[must_use]
    pub fn count(&self, rule: LintRule) -> u64 {
        self.counts[rule as usize]
    }

    /// The rules with findings, and their numbers.
    pub fn counts(&self) -> impl Iterator<Item = (LintRule, u64)> {
        RULES.iter().map(|entry| (entry.rule, self.count(entry.rule))).filter(|(_, count)| *count > 0)
    }
}

/// Checks a whole file. Findings of lines come in the order of the lines, those of the whole file
/// last.
///
/// # Errors
///
/// [`ReadError`], when the file cannot be read as an IPE file.
pub fn lint<R: Read>(
    source: R,
    options: LintOptions,
    out: &mut dyn FnMut(LintFinding),
) -> Result<LintReport, ReadError> {
    let mut reader = IpeReader::new(source)?;
    let mut linter = Linter::new(reader.header(), options, out);
    while let Some(line) = reader.next_line()? {
        linter.line(&line, out);
    }
    Ok(linter.finish(out))
}

/// Completes findings of the whole file, which know only their line, with the building and its
/// INSEE code: one pass over the file again.
///
/// # Errors
///
/// [`ReadError`], as [`lint`].
pub fn name_buildings<R: Read>(source: R, findings: &mut [LintFinding]) -> Result<(), ReadError> {
    let mut wanted: BTreeMap<u64, Vec<&mut LintFinding>> = BTreeMap::new();
    for finding in findings.iter_mut().filter(|finding| finding.building.is_none()) {
        if let Some(line) = finding.line {
            wanted.entry(line).or_default().push(finding);
        }
    }
    let Some(last) = wanted.keys().next_back().copied() else { return Ok(()) };
    let mut reader = IpeReader::new(source)?;
    while let Some(line) = reader.next_line()? {
        if line.fault().is_none() {
            for finding in wanted.remove(&line.number()).into_iter().flatten() {
                finding.building = Some(line.text(IpeColumn::IdentifiantImmeuble).into_owned());
                finding.insee = Some(line.text(IpeColumn::CodeInseeImmeuble).into_owned());
            }
        }
        if line.number() >= last {
            break;
        }
    }
    Ok(())
}

/// Checks the lines of one file, one by one.
#[derive(Debug)]
pub struct Linter {
    options: LintOptions,
    plan: cells::Plan,
    places: places::Places,
    file: file::FileRules,
    /// The encoding of the file: its BOM's, else that of the first line beyond ASCII.
    encoding: Option<RowEncoding>,
    report: LintReport,
}

impl Linter {
    /// Checks the header.
    pub fn new(header: &Header, options: LintOptions, out: &mut dyn FnMut(LintFinding)) -> Self {
        let mut linter = Self {
            options,
            plan: cells::Plan::new(header),
            places: places::Places::default(),
            file: file::FileRules::new(header),
            encoding: header.has_bom().then_some(RowEncoding::Utf8),
            report: LintReport { lines: 0, rows: 0, counts: [0; LintRule::COUNT] },
        };
        let mandatory = CATALOGUE.iter().filter(|entry| entry.obligation == Obligation::Mandatory);
        for entry in mandatory.filter(|entry| header.position(entry.column).is_none()) {
            linter.about_header(LintRule::ColumnMissing, Some(entry.column), entry.name, out);
        }
        for (name, column) in header.names().iter().zip(header.columns()) {
            if column.is_none() {
                linter.about_header(LintRule::ColumnUnknown, None, name, out);
            }
        }
        linter
    }

    fn about_header(
        &mut self,
        rule: LintRule,
        column: Option<IpeColumn>,
        value: &str,
        out: &mut dyn FnMut(LintFinding),
    ) {
        self.report.counts[rule as usize] += 1;
        let value = value.to_owned();
        out(LintFinding {
            rule,
            line: None,
            building: None,
            insee: None,
            column,
            value,
            other: None,
            suggestion: None,
        });
    }

    /// Checks a line.
    pub fn line(&mut self, line: &Line<'_>, out: &mut dyn FnMut(LintFinding)) {
        self.report.lines += 1;
        let mut row = Row { line, counts: &mut self.report.counts, out };
        match line.fault() {
            Some(LineFault::Blank) => return row.about_line(LintRule::BlankLine, String::new(), None),
            Some(LineFault::UnbalancedQuote) => {
                return row.about_line(LintRule::UnbalancedQuote, String::new(), None);
            }
            Some(LineFault::Width { found, expected }) => {
                return row.about_line(LintRule::RowWidth, found.to_string(), Some(expected.to_string()));
            }
            None => {}
        }
        self.report.rows += 1;
        if line.encoding() != RowEncoding::Ascii {
            let file = *self.encoding.get_or_insert(line.encoding());
            if file != line.encoding() {
                row.about_line(LintRule::RowEncoding, line.encoding().to_string(), Some(file.to_string()));
            }
        }
        cells::check(&mut row, &self.plan);
        let place = identifiers::check(&mut row, &mut self.places);
        address::check(&mut row);
        let state = states::check(&mut row, self.options.today);
        points::check(&mut row, place, &mut self.places);
        self.file.add(&row, state);
    }

    /// Applies the rules on the whole file.
    pub fn finish(mut self, out: &mut dyn FnMut(LintFinding)) -> LintReport {
        let counts = &mut self.report.counts;
        self.file.finish(&mut |finding| {
            counts[finding.rule as usize] += 1;
            out(finding);
        });
        self.report
    }
}
