//! Invented IPE files of any size, with planted faults and the list of what was planted.
//!
//! Communes, INSEE codes and postcodes are real (Licence Ouverte); streets, buildings, PMs and
//! companies are invented. The same options give the same bytes.
//!
//! ```
//! use epissure_ipe::sample::{SampleOptions, write_sample};
//!
//! let (mut file, mut planted) = (Vec::new(), Vec::new());
//! let options = SampleOptions { lines: 1_000, faults_per_thousand: 50, ..SampleOptions::default() };
//! write_sample(&mut file, &options, &mut |fault| planted.push(fault))?;
//! assert!(file.starts_with(b"IdentifiantImmeuble;"));
//! assert!(planted.iter().all(|fault| fault.line > 1));
//! # Ok::<(), std::io::Error>(())
//! ```

mod faults;
mod random;
mod rows;

use std::io::{self, Write};

pub use faults::PLANTABLE;

use crate::columns::{CATALOGUE, IpeColumn};
use crate::encoding::RowEncoding;
use crate::lint::LintRule;
use random::Random;
use rows::{Group, SampleRow};

/// The columns of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SampleLayout {
    /// The 60 columns of protocol v2.0.
    V20,
    /// The 65 columns of 2025, with probable names for the three that are not public.
    #[default]
    V20Of65,
    /// v2.0, then the columns of v3.
    V3,
}

impl SampleLayout {
    /// The columns in order.
    #[must_use]
    pub fn columns(self) -> Vec<IpeColumn> {
        let v20 = CATALOGUE[..60].iter().map(|entry| entry.column);
        match self {
            Self::V20 => v20.collect(),
            Self::V20Of65 => v20
                .chain([
                    IpeColumn::CodeHexacleVoie,
                    IpeColumn::CodeBAN,
                    IpeColumn::DateMiseEnServiceCommercialeImmeuble,
                    IpeColumn::Code_RNB,
                    IpeColumn::Date_RNB,
                ])
                .collect(),
            Self::V3 => v20.chain(CATALOGUE[62..].iter().map(|entry| entry.column)).collect(),
        }
    }
}

/// The properties of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleOptions {
    /// Number of rows.
    pub lines: u64,
    /// Another seed gives another file.
    pub seed: u64,
    /// The columns.
    pub layout: SampleLayout,
    /// Rows with a planted fault among a thousand, about.
    pub faults_per_thousand: u32,
    /// The faults to plant; all of [`PLANTABLE`] by default.
    pub rules: Vec<LintRule>,
    /// Windows-1252 instead of UTF-8.
    pub windows_1252: bool,
    /// Starts with the byte order mark of UTF-8.
    pub bom: bool,
    /// Every cell between quotes.
    pub quoted: bool,
    /// Lines end with CR LF.
    pub crlf: bool,
    /// Lines end with a separator.
    pub trailing_separator: bool,
    /// The operator: `CodeOI`, where the layout has it.
    pub code_oi: String,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self {
            lines: 1_000,
            seed: 1,
            layout: SampleLayout::default(),
            faults_per_thousand: 0,
            rules: PLANTABLE.to_vec(),
            windows_1252: false,
            bom: false,
            quoted: false,
            crlf: true,
            trailing_separator: false,
            code_oi: "ARTD".to_owned(),
        }
    }
}

/// A fault that a sample contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlantedFault {
    /// Number of the line, from 1; the header has the first.
    pub line: u64,
    /// Identifier of the building, as it is on the line.
    pub building: String,
    /// The rule that the line breaks.
    pub rule: LintRule,
}

/// Writes a sample, and reports each planted fault in the order of the lines.
///
/// # Errors
///
/// The destination's.
pub fn write_sample<W: Write>(
    out: W,
    options: &SampleOptions,
    planted: &mut dyn FnMut(PlantedFault),
) -> io::Result<()> {
    let mut sample = Sample {
        out: io::BufWriter::with_capacity(1 << 18, out),
        options,
        columns: options.layout.columns(),
        buffer: String::new(),
        line: 1,
        wrote_accents: options.bom,
    };
    let mut random = Random::new(options.seed);
    let communes = rows::communes_of(&mut random, options.lines);
    sample.header()?;
    let mut made = 0;
    while made < options.lines {
        let mut group = Group::new(&mut random, made, options.lines - made, &communes, &options.code_oi);
        for index in 0..group.rows.len() {
            let wanted = random.below(1000) < u64::from(options.faults_per_thousand);
            if wanted && !options.rules.is_empty() {
                let rule = options.rules[random.below(options.rules.len() as u64) as usize];
                faults::plant(rule, &mut group, index, options);
            }
        }
        group.sum_premises();
        for row in &group.rows {
            sample.row(row, planted)?;
        }
        made += group.rows.len() as u64;
    }
    sample.out.flush()
}

struct Sample<'a, W: Write> {
    out: io::BufWriter<W>,
    options: &'a SampleOptions,
    columns: Vec<IpeColumn>,
    buffer: String,
    line: u64,
    /// True if a row beyond ASCII has shown the encoding of the file.
    wrote_accents: bool,
}

impl<W: Write> Sample<'_, W> {
    fn header(&mut self) -> io::Result<()> {
        if self.options.bom {
            self.out.write_all(b"\xef\xbb\xbf")?;
        }
        let names: Vec<&str> = self.columns.iter().map(|column| column.name()).collect();
        self.buffer.clear();
        for (index, name) in names.into_iter().enumerate() {
            push_cell(&mut self.buffer, index, name, self.options.quoted);
        }
        self.end_row(false, false)
    }

    fn row(&mut self, row: &SampleRow, planted: &mut dyn FnMut(PlantedFault)) -> io::Result<()> {
        let rule = row.fault;
        let mut other_encoding = rule == Some(LintRule::RowEncoding);
        if other_encoding && !self.wrote_accents {
            // Nothing contradicts the first row beyond ASCII: it is the encoding of the file.
            other_encoding = false;
        } else if let Some(rule) = rule {
            let building = row.get(IpeColumn::IdentifiantImmeuble).to_owned();
            planted(PlantedFault { line: self.line, building, rule });
        }
        if rule == Some(LintRule::BlankLine) {
            self.buffer.clear();
            self.out.write_all(if self.options.crlf { b"\r\n" } else { b"\n" })?;
            self.line += 1;
        }
        self.buffer.clear();
        let quoted = self.options.quoted && rule != Some(LintRule::UnbalancedQuote);
        let width = self.columns.len() - usize::from(rule == Some(LintRule::RowWidth));
        for (index, column) in self.columns[..width].iter().enumerate() {
            push_cell(&mut self.buffer, index, row.get(*column), quoted);
        }
        if !self.buffer.is_ascii()
            && rule != Some(LintRule::UnbalancedQuote)
            && rule != Some(LintRule::RowWidth)
        {
            self.wrote_accents = true;
        }
        let drops_separator = rule == Some(LintRule::RowWidth);
        self.end_row(other_encoding, drops_separator)
    }

    fn end_row(&mut self, other_encoding: bool, drops_separator: bool) -> io::Result<()> {
        if self.options.trailing_separator && !drops_separator {
            self.buffer.push(';');
        }
        self.buffer.push_str(if self.options.crlf { "\r\n" } else { "\n" });
        self.line += 1;
        let windows = self.options.windows_1252 != other_encoding;
        let encoding = if windows { RowEncoding::Windows1252 } else { RowEncoding::Utf8 };
        // The texts of the sample are French: both encodings have their characters.
        match encoding.encode(&self.buffer) {
            Ok(bytes) => self.out.write_all(&bytes),
            Err(_) => self.out.write_all(self.buffer.as_bytes()),
        }
    }
}

fn push_cell(buffer: &mut String, index: usize, value: &str, quoted: bool) {
    if index > 0 {
        buffer.push(';');
    }
    if quoted {
        buffer.push('"');
    }
    buffer.push_str(value);
    if quoted {
        buffer.push('"');
    }
}
